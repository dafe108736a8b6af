/** The parts of an expression, for colours. What it means is decided by the server alone. */
export type Kind = 'text' | 'number' | 'function' | 'keyword' | 'plain';
export interface Token {
  kind: Kind;
  text: string;
}

const PART =
  /[rRbB]?"(?:[^"\\]|\\.)*"?|[rRbB]?'(?:[^'\\]|\\.)*'?|\b(?:true|false|null|in)\b|\b\d+(?:\.\d+)?\b|[A-Za-z_]\w*(?=\s*\()|[A-Za-z_]\w*|\s+|./gs;

function kind(text: string, called: boolean): Kind {
  if (/^[rRbB]?["']/.test(text)) return 'text';
  if (/^(true|false|null|in)$/.test(text)) return 'keyword';
  if (/^\d/.test(text)) return 'number';
  return called && /^[A-Za-z_]/.test(text) ? 'function' : 'plain';
}

/** An expression cut into coloured parts; joined, they are the expression. */
export function tokens(expression: string): Token[] {
  const found: Token[] = [];
  for (const match of expression.matchAll(PART)) {
    const text = match[0];
    const next = kind(text, /^\s*\(/.test(expression.slice(match.index + text.length)));
    const last = found.at(-1);
    if (last?.kind === next && next === 'plain') last.text += text;
    else found.push({ kind: next, text });
  }
  return found;
}

/** What can be written in an expression, as the server tells it. */
export interface Known {
  variables: { name: string; type: string; detail?: string | null }[];
  functions: { name: string; signature: string; detail?: string | null; example?: string | null }[];
}

export interface Offer {
  /** What is put in. */
  insert: string;
  /** What is shown, and beside it. */
  label: string;
  detail: string;
}

/** The word that is being written before the caret: `user.na`. Null inside a text. */
export function word(expression: string, caret: number): string | null {
  const before = expression.slice(0, caret);
  const last = tokens(before).at(-1);
  if (last?.kind === 'text' && !/(["'])$/.test(last.text.slice(1))) return null;
  return /[A-Za-z_][\w.]*$/.exec(before)?.[0] ?? '';
}

/** What may be meant by a word: attributes first, those that begin like it before those that hold it. */
export function offers(known: Known, typed: string, most = 8): Offer[] {
  const wanted = typed.toLowerCase();
  const all: Offer[] = [
    ...known.variables.map(({ name, type, detail }) => ({ insert: name, label: name, detail: detail || type })),
    ...known.functions.map(({ name, signature, detail }) => ({
      insert: `${name}(`,
      label: signature || `${name}(…)`,
      detail: detail ?? '',
    })),
  ];
  const rank = ({ label }: Offer) => {
    const name = label.toLowerCase();
    const own = name.split('(')[0] ?? name;
    if (own.startsWith(wanted)) return 0;
    if (own.split('.').some((part) => part.startsWith(wanted))) return 1;
    return own.includes(wanted) ? 2 : 3;
  };
  return all
    .map((offer) => ({ offer, at: rank(offer) }))
    .filter(({ offer, at }) => at < 3 && offer.insert !== typed)
    .sort((a, b) => a.at - b.at)
    .slice(0, most)
    .map(({ offer }) => offer);
}

/** Put an offer in place of the word before the caret; says where the caret is then. */
export function complete(expression: string, caret: number, typed: string, offer: Offer): [string, number] {
  const start = caret - typed.length;
  const rest = expression.slice(caret);
  const closing = offer.insert.endsWith('(') && !rest.startsWith('(') ? ')' : '';
  const insert = rest.startsWith('(') ? offer.insert.replace(/\($/, '') : offer.insert;
  return [expression.slice(0, start) + insert + closing + rest, start + insert.length];
}
