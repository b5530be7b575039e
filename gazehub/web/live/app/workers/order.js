/** What one worker asks of the other. Objects lose their methods on the way, so plain frames travel. */

import { EyeFrame } from "../eye_frame.js";

/** @typedef {{center: import("../numbers.js").Point, matrix: import("../eye_frame.js").Matrix}} PlainFrame */

/** @template {{frame: EyeFrame}} T @param {T} thing @returns {Omit<T, "frame"> & {frame: PlainFrame}} */
export const packed = ({ frame: { center, matrix }, ...rest }) => ({ ...rest, frame: { center, matrix } });

/** @template {{frame: PlainFrame}} T @param {T} thing @returns {Omit<T, "frame"> & {frame: EyeFrame}} */
export const unpacked = ({ frame: { center, matrix }, ...rest }) => ({ ...rest, frame: new EyeFrame(center, matrix) });
