import { shortPath } from '../applications';
import type { Changed } from '../changes';
import classes from './Configure.module.css';

/** What differs between two versions, by section: what was, and what is. */
export function Changes({ changes, against }: { changes: Changed[]; against: number }) {
  if (changes.length === 0) return <p className="dim">Nothing differs from v{against}.</p>;
  const sections = [...new Set(changes.map(({ section }) => section))];
  return (
    <ul className={classes.diff}>
      {sections.map((section) => (
        <li key={section}>
          <h3>{section}</h3>
          {changes
            .filter((changed) => changed.section === section)
            .map(({ label, before, after }) => (
              <div key={label} className={classes.changed}>
                <div className={classes.label} title={label}>
                  {section === 'Attributes' ? `${shortPath(label).prefix}${shortPath(label).name}` : label}
                </div>
                {before !== null && <Side mark="-" text={before} />}
                {after !== null && <Side mark="+" text={after} />}
              </div>
            ))}
        </li>
      ))}
    </ul>
  );
}

function Side({ mark, text }: { mark: '-' | '+'; text: string }) {
  return (
    <div className={classes.side} data-side={mark}>
      <b aria-hidden="true">{mark}</b>
      <span className="sr">{mark === '-' ? 'was: ' : 'is: '}</span>
      <span>{text}</span>
    </div>
  );
}
