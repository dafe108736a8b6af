import { useEffect, useRef } from 'react';

const KEPT = 'lockstep-single-keys';

/** Whether shortcuts of a single key work (WCAG 2.1.4). */
export const singleKeys = {
  on: () => localStorage.getItem(KEPT) !== 'off',
  set: (on: boolean) => (on ? localStorage.removeItem(KEPT) : localStorage.setItem(KEPT, 'off')),
};

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
const covered = () => document.querySelector('[role=dialog], [role=menu]') !== null;

/**
 * Do something at a key, or at two in a row (`g h`), for as long as the component is there. Not while somebody types,
 * nor below an open dialogue.
 */
export function useKeys(keys: Record<string, (event: KeyboardEvent) => void>) {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    let before = '';
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || covered() || !singleKeys.on())
        return;
      const run = current.current[`${before} ${event.key}`] ?? current.current[event.key];
      before = '';
      if (run) {
        event.preventDefault();
        run(event);
      } else if (Object.keys(current.current).some((key) => key.startsWith(`${event.key} `))) {
        before = event.key;
      }
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
