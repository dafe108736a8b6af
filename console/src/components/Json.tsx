import { Fragment, useMemo } from 'react';
import classes from './Json.module.css';
import { difference, type Line } from './lines';

/** JSON with its parts in colours; with `before`, also what differs from it, line by line. */
export function Json({ value, before, label }: { value: unknown; before?: unknown; label: string }) {
  const lines = useMemo(
    () => (before === undefined ? written(value).map((text): Line => ({ text, mark: ' ' })) : differing(before, value)),
    [value, before],
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className={classes.scroller} aria-label={label} tabIndex={0}>
      <pre className={classes.json} data-compared={before !== undefined || undefined}>
        {lines.map(({ text, mark }, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a line is its place
          <div key={index} className={classes.line} data-mark={mark === ' ' ? undefined : mark}>
            <span className={classes.mark} aria-hidden="true">
              {mark}
            </span>
            {mark !== ' ' && <span className="sr">{mark === '+' ? 'added: ' : 'removed: '}</span>}
            <span className={classes.text} style={{ paddingLeft: `${indent(text)}ch` }}>
              {colours(text.trimStart())}
            </span>
          </div>
        ))}
      </pre>
    </section>
  );
}

const indent = (text: string) => text.length - text.trimStart().length;
const written = (value: unknown) => (value === undefined ? [] : JSON.stringify(value, null, 2).split('\n'));
const differing = (before: unknown, after: unknown) =>
  difference(written(before ?? undefined), written(after ?? undefined));

const PART = /("(?:[^"\\]|\\.)*")(\s*:)?|\b(true|false|null)\b|-?\b\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function colours(line: string) {
  const parts = [];
  let at = 0;
  for (const match of line.matchAll(PART)) {
    parts.push(<Fragment key={at}>{line.slice(at, match.index)}</Fragment>);
    const [whole, text, colon] = match;
    const kind = text ? (colon ? 'key' : 'text') : 'number';
    parts.push(
      <span key={`${match.index} part`} data-kind={kind}>
        {text ?? whole}
      </span>,
    );
    if (colon) parts.push(<Fragment key={`${match.index} colon`}>{colon}</Fragment>);
    at = match.index + whole.length;
  }
  parts.push(<Fragment key="rest">{line.slice(at)}</Fragment>);
  return parts;
}
