import { useId, useRef, useState } from 'react';
import classes from './ExpressionField.module.css';
import { complete, type Known, type Offer, offers, tokens, word } from './expression';

interface Props {
  label: string;
  value: string;
  set: (value: string) => void;
  known: Known | undefined;
  /** What the server says about it. */
  error?: { message: string; offset?: number | null } | null;
  disabled?: boolean;
}

/** An expression in colours. */
export function Expression({ text }: { text: string }) {
  return tokens(text).map((token, index) => (
    // biome-ignore lint/suspicious/noArrayIndexKey: a part is its place
    <span key={index} data-kind={token.kind}>
      {token.text}
    </span>
  ));
}

/** A field for an expression: colours, completion, and the place of the mistake. ⌘Enter is left to the page. */
export function ExpressionField({ label, value, set, known, error, disabled }: Props) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [offered, setOffered] = useState<Offer[]>([]);
  const [at, setAt] = useState(0);
  const close = () => setOffered([]);

  const look = (text: string, caret: number, asked = false) => {
    const typed = known ? word(text, caret) : null;
    setAt(0);
    if (!known || typed === null || (typed === '' && !asked)) close();
    else setOffered(offers(known, typed));
  };
  const take = (offer: Offer) => {
    const caret = area.current?.selectionStart ?? value.length;
    const [text, next] = complete(value, caret, word(value, caret) ?? '', offer);
    set(text);
    close();
    requestAnimationFrame(() => {
      area.current?.focus();
      area.current?.setSelectionRange(next, next);
    });
  };
  const onKeyDown = (event: React.KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === ' ' && event.ctrlKey) {
      event.preventDefault();
      look(value, event.currentTarget.selectionStart, true);
      return;
    }
    if (offered.length === 0) return;
    const moves: Record<string, number> = { ArrowDown: 1, ArrowUp: -1 };
    const by = moves[event.key];
    const offer = offered[at];
    if (by !== undefined) setAt((at + by + offered.length) % offered.length);
    else if ((event.key === 'Enter' || event.key === 'Tab') && offer) take(offer);
    else if (event.key === 'Escape') close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div className={classes.around}>
      <div className={classes.field} data-wrong={error ? true : undefined}>
        <pre className={classes.colours} aria-hidden="true">
          <Marked text={value} offset={error?.offset} />
          {'\u200b'}
        </pre>
        <textarea
          ref={area}
          id={id}
          className={classes.area}
          aria-label={label}
          aria-invalid={error ? true : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          aria-autocomplete="list"
          aria-haspopup="listbox"
          aria-controls={offered.length ? `${id}-offers` : undefined}
          aria-activedescendant={offered.length ? `${id}-${at}` : undefined}
          spellCheck={false}
          autoComplete="off"
          autoCapitalize="off"
          rows={1}
          readOnly={disabled}
          maxLength={2000}
          value={value}
          onChange={(event) => {
            const text = event.currentTarget.value;
            set(text);
            look(text, event.currentTarget.selectionStart);
          }}
          onKeyDown={onKeyDown}
          onClick={close}
          onBlur={close}
        />
      </div>
      {offered.length > 0 && (
        <div className={classes.offers} id={`${id}-offers`} role="listbox" aria-label="Completions" tabIndex={-1}>
          {offered.map((offer, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys
            <div
              key={offer.label}
              id={`${id}-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === at}
              className={classes.offer}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => take(offer)}
            >
              <code>{offer.label}</code>
              <span className={classes.detail}>{offer.detail}</span>
            </div>
          ))}
        </div>
      )}
      {error && (
        <p className={classes.error} id={`${id}-error`}>
          {error.message}
        </p>
      )}
    </div>
  );
}

/** The expression in colours, underlined from the place of a mistake on. */
function Marked({ text, offset }: { text: string; offset: number | null | undefined }) {
  if (offset === null || offset === undefined || offset < 0 || offset >= text.length) return <Expression text={text} />;
  return (
    <>
      <Expression text={text.slice(0, offset)} />
      <span className={classes.wrong}>
        <Expression text={text.slice(offset)} />
      </span>
    </>
  );
}
