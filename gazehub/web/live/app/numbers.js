/** Rounding as numpy and OpenCV do it, and a little algebra. */

const NO_FRACTIONS = 1.5 * 2 ** 52; // from here on float64 has none, and rounds to the even one by itself

/**
 * The nearest integer; of two, the even one.
 * @param {number} value
 */
export const roundEven = (value) => value + NO_FRACTIONS - NO_FRACTIONS;

/**
 * @param {number} value
 * @param {number} low
 * @param {number} high
 */
export function clamp(value, low, high) {
  return value < low ? low : value > high ? high : value;
}

/**
 * 0 up to x = 0, 1 from x = 1 on, smooth in between.
 * @param {number} x
 */
export function smoothstep(x) {
  const t = clamp(x, 0, 1);
  return t * t * (3 - 2 * t);
}

/** @param {number} degrees */
export const radians = (degrees) => (degrees * Math.PI) / 180;
/** @param {number} angle */
export const degrees = (angle) => (angle * 180) / Math.PI;

/** @typedef {[number, number]} Point */

/** @param {Point} a @param {Point} b @returns {Point} */
export const add = (a, b) => [a[0] + b[0], a[1] + b[1]];
/** @param {Point} a @param {Point} b @returns {Point} */
export const minus = (a, b) => [a[0] - b[0], a[1] - b[1]];
/** @param {number} share @param {Point} a @returns {Point} */
export const times = (share, a) => [share * a[0], share * a[1]];
/** Of each axis. @param {Point} a @param {Point} b @returns {Point} */
export const product = (a, b) => [a[0] * b[0], a[1] * b[1]];
/** @param {Point} a */
export const length = (a) => Math.hypot(a[0], a[1]);
/** @param {Point} a @param {Point} low @param {Point} high @returns {Point} */
export const within = (a, low, high) => [clamp(a[0], low[0], high[0]), clamp(a[1], low[1], high[1])];

/** @param {readonly Point[]} points @returns {Point} */
export function mean(points) {
  let sum = /** @type {Point} */ ([0, 0]);
  for (const point of points) sum = add(sum, point);
  return times(1 / points.length, sum);
}

/**
 * Solves a small system of equations by elimination with pivots.
 * @param {number[][]} matrix n rows of n numbers, which are changed.
 * @param {number[]} right n numbers, which are changed.
 * @returns {number[]}
 */
export function solve(matrix, right) {
  const size = right.length;
  for (let column = 0; column < size; column++) {
    let pivot = column;
    for (let row = column + 1; row < size; row++) {
      if (Math.abs(matrix[row][column]) > Math.abs(matrix[pivot][column])) pivot = row;
    }
    [matrix[column], matrix[pivot]] = [matrix[pivot], matrix[column]];
    [right[column], right[pivot]] = [right[pivot], right[column]];
    for (let row = column + 1; row < size; row++) {
      const share = matrix[row][column] / matrix[column][column];
      for (let k = column; k < size; k++) matrix[row][k] -= share * matrix[column][k];
      right[row] -= share * right[column];
    }
  }
  for (let row = size - 1; row >= 0; row--) {
    for (let k = row + 1; k < size; k++) right[row] -= matrix[row][k] * right[k];
    right[row] /= matrix[row][row];
  }
  return right;
}
