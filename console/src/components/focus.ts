const OVER = '[role=dialog], [role=menu], [role=listbox]';

/** What had the focus last, outside of everything that lies over the page. */
let outside: HTMLElement | null = null;

function remember(event: FocusEvent) {
  if (event.target instanceof HTMLElement && !event.target.closest(OVER)) outside = event.target;
}

/**
 * Gives the focus back when a dialogue goes, to what had it before; to the page where that is gone too. Mantine does
 * so for dialogues that stay mounted while they are closed; ours are there only while they are open. It is done here
 * for all of them, so that none can forget it (WCAG 2.4.3). Call once, before anything is drawn.
 */
export function returnFocus() {
  document.addEventListener('focusin', remember);
  const closed = new MutationObserver((changes) => {
    const gone = changes.some(({ removedNodes }) =>
      [...removedNodes].some((node) => node instanceof Element && node.querySelector('[role=dialog]')),
    );
    // Whoever put the focus somewhere by themselves is right.
    if (!gone || document.activeElement !== document.body || document.querySelector('[role=dialog]')) return;
    const to = outside?.isConnected ? outside : document.getElementById('main');
    to?.focus({ preventScroll: true });
  });
  // Dialogues are drawn into a node at the end of the body, which is made with the first of them.
  const portals = new MutationObserver((changes) => {
    for (const { addedNodes } of changes)
      for (const node of addedNodes) if (node instanceof HTMLElement) closed.observe(node, { childList: true });
  });
  closed.observe(document.body, { childList: true });
  portals.observe(document.body, { childList: true });
}
