/** Whether somebody is at the page: what they do with mouse, keys or fingers counts for a minute. */
const MINUTE = 60_000;
const DEEDS = ['pointerdown', 'pointermove', 'keydown', 'wheel', 'touchstart'] as const;

let last = Date.now();

function notice() {
  last = Date.now();
}

if (typeof window !== 'undefined') {
  for (const deed of DEEDS) window.addEventListener(deed, notice, { capture: true, passive: true });
}

/**
 * What the header says that goes with every request: `console` while somebody is there, `background` when the page only
 * keeps itself up to date. Reads in the background do not keep a session from ending by silence.
 */
export function presence(): 'console' | 'background' {
  return Date.now() - last < MINUTE ? 'console' : 'background';
}
