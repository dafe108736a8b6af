/** The list that a page was opened from, so that one can go on to the next row from there. */
interface Trail {
  /** What stands before the id in the address: `/users/`. */
  before: string;
  ids: string[];
}

let trail: Trail | null = null;

/** A row was opened: `href` is where it leads, `ids` are the rows of the list in their order. */
export function leave(href: string, id: string, ids: string[]) {
  trail = href.endsWith(`/${id}`) ? { before: href.slice(0, -id.length), ids } : null;
}

export interface Around {
  previous?: string;
  next?: string;
}

/** The addresses of the rows around the one that a page shows, with the section that is open; null for other pages. */
export function around(pathname: string): Around | null {
  if (!trail || !pathname.startsWith(trail.before)) return null;
  const { before, ids } = trail;
  const [id = '', ...section] = pathname.slice(before.length).split('/');
  const at = ids.indexOf(id);
  if (at < 0) return null;
  const to = (id: string | undefined) => id && [before + id, ...section].join('/');
  return { previous: to(ids[at - 1]), next: to(ids[at + 1]) };
}
