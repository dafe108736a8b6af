import { useEffect, useRef } from 'react';

const KEPT = 'lockstep-single-keys';

/** Whether shortcuts of a single key work (WCAG 2.1.4). */
export const singleKeys = {
  on: () => localStorage.getItem(KEPT) !== 'off',
  set: (on: boolean) => (on ? localStorage.removeItem(KEPT) : localStorage.setItem(KEPT, 'off')),
};

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable || target.matches('input:not([type=checkbox], [type=radio]), textarea, select'));
/** A menu that is just closing is still drawn; what counts there is whether one is in it. */
const covered = () =>
  document.querySelector('[role=dialog]') !== null || !!document.activeElement?.closest('[role=menu]');
/** Keys such as `[` are typed with AltGr on many keyboards: that is no shortcut of the browser's. */
const chord = (event: KeyboardEvent) =>
  (event.ctrlKey || event.metaKey || event.altKey) && !event.getModifierState('AltGraph');

/**
 * Do something at a key, or at two in a row (`g h`), for as long as the component is there. Not while somebody types,
 * nor below an open dialogue; `over` is for what is in the dialogue itself.
 */
export function useKeys(keys: Record<string, (event: KeyboardEvent) => void>, over = false) {
  const current = useRef(keys);
  current.current = keys;
  useEffect(() => {
    let before = '';
    const listen = (event: KeyboardEvent) => {
      if (chord(event) || typing(event.target) || (!over && covered()) || !singleKeys.on()) return;
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
  }, [over]);
}

/** On the button that saves or publishes: ⌘Enter presses it, also while somebody types. */
export const STEP = { 'data-step': true } as const;

/**
 * ⌘Enter presses the one button marked with [`STEP`] of the topmost dialogue, else of the page; where none is marked,
 * it submits the form one is in. Questions that are asked before something final are not among these. Once, at the
 * shell.
 */
export function useStepKey() {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.key !== 'Enter' || !(event.metaKey || event.ctrlKey) || event.repeat) return;
      const scope = [...document.querySelectorAll<HTMLElement>('[role=dialog]')].at(-1) ?? document;
      const steps = [...scope.querySelectorAll<HTMLElement>('[data-step]:not([disabled], [data-disabled])')];
      // On a page of several forms, that of the field one is in.
      const own = event.target instanceof HTMLElement ? event.target.closest('form') : null;
      const submit = own?.querySelector<HTMLElement>('[type=submit]:not([disabled], [data-disabled], [data-final])');
      const step = steps.find((button) => own?.contains(button)) ?? submit ?? (steps.length === 1 ? steps[0] : null);
      if (!step) return;
      event.preventDefault();
      step.click();
    };
    window.addEventListener('keydown', listen);
    return () => window.removeEventListener('keydown', listen);
  }, []);
}
