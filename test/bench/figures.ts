/** The middle of the runs; every figure that is asked for is a median of at least five. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** What is asked of a figure. */
export interface Asked {
  readonly atMost?: number;
  readonly atLeast?: number;
}

const rounded = (value: number) => Number(value.toPrecision(4));

/** Prints one figure as a line of JSON: the median, all runs, what is asked and whether it holds. */
export function report(figure: string, unit: string, runs: readonly number[], asked: Asked, more: object = {}): void {
  const value = median(runs);
  const holds = value <= (asked.atMost ?? Number.POSITIVE_INFINITY) && value >= (asked.atLeast ?? 0);
  console.log(
    JSON.stringify({ figure, unit, median: rounded(value), ...asked, holds, runs: runs.map(rounded), ...more }),
  );
}

/** All that was queued has run. */
export const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

export const collect = () => globalThis.gc?.();

/** Nine runs of the same, after some that are for the compiler. */
export async function repeat(run: () => Promise<number> | number): Promise<number[]> {
  const figures: number[] = [];
  for (let index = 0; index < 14; index++) {
    collect();
    figures.push(await run());
  }
  return figures.slice(-9);
}
