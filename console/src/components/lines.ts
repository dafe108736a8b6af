/** A line of a text, and whether it is only in the later (`+`) or only in the earlier one (`-`). */
export interface Line {
  text: string;
  mark: ' ' | '+' | '-';
}

/** The bound on lines that are compared one by one; longer stretches are shown as replaced. */
const MOST = 600;
/** A comma at the end of a line says that something follows, not that the line is another. */
const same = (a: string | undefined, b: string | undefined) => a?.replace(/,$/, '') === b?.replace(/,$/, '');

/** What differs between two texts, line by line: the longest common subsequence stays. */
export function difference(before: string[], after: string[]): Line[] {
  let start = 0;
  while (start < before.length && start < after.length && same(before[start], after[start])) start += 1;
  let end = 0;
  while (
    end < before.length - start &&
    end < after.length - start &&
    same(before[before.length - 1 - end], after[after.length - 1 - end])
  )
    end += 1;
  const kept = (text: string): Line => ({ text, mark: ' ' });
  return [
    ...after.slice(0, start).map(kept),
    ...middle(before.slice(start, before.length - end), after.slice(start, after.length - end)),
    ...after.slice(after.length - end).map(kept),
  ];
}

function middle(before: string[], after: string[]): Line[] {
  const removed = before.map((text): Line => ({ text, mark: '-' }));
  const added = after.map((text): Line => ({ text, mark: '+' }));
  if (before.length === 0 || after.length === 0 || before.length > MOST || after.length > MOST)
    return [...removed, ...added];
  const width = after.length + 1;
  // length[i * width + j]: how much is common to what is left of both from there on.
  const length = new Uint16Array((before.length + 1) * width);
  const at = (i: number, j: number) => length[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1)
    for (let j = after.length - 1; j >= 0; j -= 1)
      length[i * width + j] = same(before[i], after[j]) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: Line[] = [];
  let i = 0;
  let j = 0;
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && same(before[i], after[j])) {
      lines.push({ text: after[j] ?? '', mark: ' ' });
      i += 1;
      j += 1;
    } else if (i < before.length && (j >= after.length || at(i + 1, j) >= at(i, j + 1))) {
      lines.push({ text: before[i] ?? '', mark: '-' });
      i += 1;
    } else {
      lines.push({ text: after[j] ?? '', mark: '+' });
      j += 1;
    }
  }
  return lines;
}
