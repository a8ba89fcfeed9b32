/** What amounts of data are counted in, for a person. */
export type DataUnit = 'bytes' | 'bits';

/** What stands where a figure is not known. Never 0: that would be a figure. */
export const unknownFigure = '–';

const prefixes = ['', 'k', 'M', 'G', 'T', 'P', 'E', 'Z'] as const;
const symbols: Readonly<Record<DataUnit, string>> = { bytes: 'B', bits: 'bit' };
/** As wide as a digit, and as wide as a decimal point. */
const figureSpace = '\u2007';
const pointSpace = '\u2008';

interface Scaled {
  /** At most three significant digits, '1.23', '45.6' or '789'; whole below the first prefix. */
  readonly digits: string;
  readonly prefix: string;
}

function scale(amount: number): Scaled {
  let value = amount;
  let power = 0;
  // what would be rounded to 1000 belongs to the next prefix
  while (Number(value.toPrecision(3)) >= 1000 && power < prefixes.length - 1) {
    value /= 1000;
    power += 1;
  }
  const prefix = prefixes[power] ?? '';
  if (power === 0) {
    return { digits: String(Math.floor(value)), prefix };
  }
  return { digits: value >= 1000 ? String(Math.round(value)) : value.toPrecision(3), prefix };
}

const known = (amount: number | undefined): amount is number =>
  amount !== undefined && Number.isFinite(amount) && amount >= 0;

/** An amount of data in three significant digits and SI units: `1.23 MB`, `456 kbit`, `–` when unknown. */
export function formatData(bytes: number | undefined, unit: DataUnit = 'bytes'): string {
  if (!known(bytes)) {
    return unknownFigure;
  }
  const { digits, prefix } = scale(unit === 'bits' ? bytes * 8 : bytes);
  return `${digits} ${prefix}${symbols[unit]}`;
}

/**
 * The same in constant width, so that what stands beside it does not move: as many characters always, and the places of
 * missing digits and of a missing point are taken by spaces of their width.
 */
export function formatDataFixed(bytes: number | undefined, unit: DataUnit = 'bytes'): string {
  const symbol = symbols[unit];
  if (!known(bytes)) {
    return `${figureSpace.repeat(2)}${pointSpace}${unknownFigure} ${symbol}`.padEnd(6 + symbol.length, figureSpace);
  }
  const { digits, prefix } = scale(unit === 'bits' ? bytes * 8 : bytes);
  const number = digits.includes('.') ? digits : (pointSpace + digits).padStart(4, figureSpace);
  return `${number} ${prefix}${symbol}`.padEnd(6 + symbol.length, figureSpace);
}

/** A speed in bit/s: `1 Gbit/s`, `866 Mbit/s`, `–` when unknown. */
export function formatSpeed(bitsPerSecond: number | undefined): string {
  if (!known(bitsPerSecond)) {
    return unknownFigure;
  }
  const { digits, prefix } = scale(bitsPerSecond);
  return `${digits.includes('.') ? Number(digits) : digits} ${prefix}bit/s`;
}

/** A span of time in at most two units: `45 s`, `2 min`, `1 h 5 min`, `3 d 2 h`. */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.floor(Number.isFinite(seconds) ? seconds : 0));
  const minutes = Math.floor(whole / 60);
  const hours = Math.floor(minutes / 60);
  const days = Math.floor(hours / 24);
  const two = (large: number, largeUnit: string, small: number, smallUnit: string) =>
    small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
  if (days > 0) {
    return two(days, 'd', hours % 24, 'h');
  }
  if (hours > 0) {
    return two(hours, 'h', minutes % 60, 'min');
  }
  return minutes > 0 ? `${minutes} min` : `${whole} s`;
}
