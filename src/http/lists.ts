// Lists and no Sets for what comes and goes with each request: a Set makes a table anew after a few of them, and its old
// tables keep what was in them and point to the next. Once one of them is old, all of it lives until the whole heap is collected.

/** Takes one out of a list; false where it is not in it. */
export function takeOut<T>(list: T[], one: T): boolean {
  const index = list.indexOf(one);
  if (index < 0) {
    return false;
  }
  list.splice(index, 1);
  return true;
}
