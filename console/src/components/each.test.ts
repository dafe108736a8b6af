import { expect, test } from 'vitest';
import { each } from './each';

test('does it for each, a few at a time', async () => {
  const seen: number[] = [];
  let [now, most] = [0, 0];
  const outcome = await each([1, 2, 3, 4, 5, 6, 7, 8, 9], async (n) => {
    now += 1;
    most = Math.max(most, now);
    await new Promise((done) => setTimeout(done, 1));
    now -= 1;
    seen.push(n);
  });
  expect(outcome).toEqual({ done: 9, failed: 0, error: undefined });
  expect(seen.sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(most).toBe(4);
});

test('goes on after a failure, and gives the first', async () => {
  const outcome = await each(['a', 'b', 'c'], async (one) => {
    if (one !== 'b') throw new Error(one);
  });
  expect(outcome).toMatchObject({ done: 1, failed: 2, error: new Error('a') });
});
