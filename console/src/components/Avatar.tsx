import classes from './Avatar.module.css';

const hash = (text: string) => [...text].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7);
const first = (text: string | undefined) => (text ? String.fromCodePoint(text.codePointAt(0) ?? 0).toUpperCase() : '');

/** A person as two letters. Says nothing to a screen reader: the name stands beside it. */
export function Avatar({ name, size = 28 }: { name: string; size?: number }) {
  const words = name.split(/[\s.@_-]+/).filter(Boolean);
  return (
    <span
      className={classes.avatar}
      data-tint={hash(name) % 8}
      style={{ width: size, height: size }}
      aria-hidden="true"
    >
      {first(words[0])}
      {first(words[1])}
    </span>
  );
}

/** An application as a letter on a tile. */
export function Tile({ name, size = 20 }: { name: string; size?: number }) {
  return (
    <span
      className={classes.tile}
      data-tint={hash(name) % 8}
      style={{ width: size, height: size, fontSize: Math.max(11, size / 2) }}
      title={size <= 22 ? name : undefined}
      aria-hidden="true"
    >
      {first(name)}
    </span>
  );
}

/** Sources by name, each with a mark in a colour of its own, so that they can be told apart down a column. */
export function SourceNames({ of }: { of: { id: string; name: string }[] }) {
  return of.map(({ id, name }) => (
    <span key={id} className={classes.source}>
      <i className={classes.mark} data-tint={hash(name) % 8} aria-hidden="true" />
      <span className="clip">{name}</span>
    </span>
  ));
}
