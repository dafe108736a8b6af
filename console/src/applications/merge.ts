import type { ApplicationSettings, MappingRow } from '../api/schema';
import { rowOf } from './applications';
import { type Changed, changes } from './changes';

/** One thing that two administrators, or one of them, changed since both began from the same state. */
export interface Field {
  id: string;
  section: Changed['section'];
  label: string;
  /** Who changed it. */
  by: 'mine' | 'theirs' | 'both';
  /** What it was, and what each of the two made of it, in words; null where it is not there. */
  base: string | null;
  mine: string | null;
  theirs: string | null;
}
export type Side = 'mine' | 'theirs';

/** A setting, or a row of the mapping; undefined where it is not there. */
type Part = MappingRow | ApplicationSettings[Exclude<keyof ApplicationSettings, 'mapping'>];

const ROW = 'mapping ';

function parts({ mapping = [], ...settings }: ApplicationSettings): Map<string, Part> {
  return new Map<string, Part>([
    ...(Object.entries(settings) as [string, Part][]),
    ...mapping.map((row): [string, Part] => [ROW + row.to, rowOf(row)]),
  ]);
}

function whole(of: Map<string, Part>): ApplicationSettings {
  const entries = [...of].filter(([, part]) => part !== undefined);
  const settings = Object.fromEntries(entries.filter(([id]) => !id.startsWith(ROW)));
  const mapping = entries.flatMap(([id, part]) => (id.startsWith(ROW) ? [part as MappingRow] : []));
  return { ...settings, mapping } as ApplicationSettings;
}

const same = (a: Part, b: Part) => JSON.stringify(a) === JSON.stringify(b);

/** What was changed since `base` on either side. What both made the same of is settled and not among it. */
export function fields(base: ApplicationSettings, mine: ApplicationSettings, theirs: ApplicationSettings): Field[] {
  const [was, my, other] = [parts(base), parts(mine), parts(theirs)];
  return [...new Set([...was.keys(), ...my.keys(), ...other.keys()])].flatMap((id): Field[] => {
    const [before, own, their] = [was.get(id), my.get(id), other.get(id)];
    if (same(own, their)) return [];
    const by = same(before, their) ? 'mine' : same(before, own) ? 'theirs' : 'both';
    const [now, then] = [inWords(was, id, own), inWords(was, id, their)];
    const told = now ?? then;
    if (!told) return [];
    return [
      {
        id,
        section: told.section,
        label: told.label,
        by,
        base: told.before,
        mine: now ? now.after : told.before,
        theirs: then ? then.after : told.before,
      },
    ];
  });
}

/** A part that takes another value, as the comparison of versions words it; undefined when it stays. */
function inWords(was: Map<string, Part>, id: string, part: Part): Changed | undefined {
  return changes(whole(was), whole(new Map(was).set(id, part)))[0];
}

/** Theirs, with what only I changed, and of what both changed what is chosen. */
export function merged(
  theirs: ApplicationSettings,
  mine: ApplicationSettings,
  of: Field[],
  chosen: Record<string, Side>,
): ApplicationSettings {
  const result = parts(theirs);
  const my = parts(mine);
  for (const { id, by } of of)
    if (by === 'mine' || (by === 'both' && chosen[id] === 'mine')) result.set(id, my.get(id));
  return whole(result);
}
