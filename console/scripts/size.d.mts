/** Largest sizes in kB of gzip. */
export const LIMITS: { visit: number; page: number };
export function closure(names: Iterable<string>, read: (name: string) => string): Set<string>;
/** What a first visit of each page loads, and what the page adds to the frame, in kB of gzip; the largest first. */
export function sizes(dist: string): { frame: number; pages: { page: string; visit: number; own: number }[] };
