import { afterEach, expect, test, vi } from 'vitest';
import { presence } from './presence';

afterEach(() => vi.useRealTimers());

test('a page that nobody has touched for a minute asks in the background', () => {
  vi.useFakeTimers();
  window.dispatchEvent(new Event('pointerdown'));
  expect(presence()).toBe('console');
  vi.advanceTimersByTime(59_000);
  expect(presence()).toBe('console');
  vi.advanceTimersByTime(1_000);
  expect(presence()).toBe('background');
  for (const deed of ['pointermove', 'keydown', 'wheel', 'touchstart']) {
    window.dispatchEvent(new Event(deed));
    expect(presence(), deed).toBe('console');
    vi.advanceTimersByTime(60_000);
    expect(presence()).toBe('background');
  }
});
