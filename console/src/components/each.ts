/** How many requests are on their way at once. */
const AT_ONCE = 4;

/** Do one thing for each of many, a few at a time. What fails stops none of the others; the first failure is given. */
export async function each<T>(items: T[], run: (item: T) => Promise<unknown>) {
  const left = [...items];
  const outcome = { done: 0, failed: 0, error: undefined as unknown };
  const worker = async () => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      try {
        await run(item);
        outcome.done += 1;
      } catch (failure) {
        outcome.failed += 1;
        outcome.error ??= failure;
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return outcome;
}
