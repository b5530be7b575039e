/** The mark of an edited file, as `gazehub/files/provenance.py` writes it: XMP with IPTC's digital source type. */

import { MARK } from "../constants.js";

const text = new TextEncoder();
const [START, APP0, APP1] = [0xffd8, 0xffe0, 0xffe1]; // of a JPEG and its parts
const HEADER = 33; // bytes of a PNG before what may be said about it
const XMP_BOX = [0xbe, 0x7a, 0xcf, 0xcb, 0x97, 0xa9, 0x42, 0xe8, 0x9c, 0x71, 0x99, 0x94, 0x91, 0xe3, 0xaf, 0xac]; // of MP4

/** The same file with the mark; JPEG, PNG, MP4 and WebM have a place for it. @param {Blob} file */
export async function marked(file) {
  const kind = file.type.split(";")[0];
  if (kind === "image/jpeg") return inJpeg(file);
  if (kind === "image/png") return inPng(file);
  if (kind === "video/mp4") return new Blob([file, mp4Box()], { type: kind });
  if (kind === "video/webm") return new Blob([file, webmTags()], { type: kind });
  throw new Error(`There is no place for a mark in ${kind}.`);
}

/** @param {Blob} file */
async function inJpeg(file) {
  const head = new DataView(await file.slice(0, 6).arrayBuffer());
  if (head.getUint16(0) !== START) throw new Error("The browser wrote no JPEG.");
  const at = head.getUint16(2) === APP0 ? 4 + head.getUint16(4) : 2;
  const content = text.encode(`http://ns.adobe.com/xap/1.0/\0${MARK.XMP}`);
  return new Blob([file.slice(0, at), number(APP1, 2), number(content.length + 2, 2), content, file.slice(at)], {
    type: file.type,
  });
}

/** @param {Blob} file */
function inPng(file) {
  const xmp = pngChunk("iTXt", `XML:com.adobe.xmp\0\0\0\0\0${MARK.XMP}`);
  const software = pngChunk("tEXt", `Software\0${MARK.CREATOR_TOOL}`);
  return new Blob([file.slice(0, HEADER), xmp, software, file.slice(HEADER)], { type: file.type });
}

/** @param {string} kind @param {string} content */
function pngChunk(kind, content) {
  const body = text.encode(kind + content);
  return new Blob([number(body.length - 4, 4), body, number(checksum(body), 4)]);
}

/** CRC 32. @param {Uint8Array} bytes */
function checksum(bytes) {
  let sum = -1;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0);
  }
  return ~sum >>> 0;
}

function mp4Box() {
  const content = text.encode(MARK.XMP);
  const length = 8 + XMP_BOX.length + content.length;
  return new Blob([number(length, 4), "uuid", new Uint8Array(XMP_BOX), content]);
}

/** Tags > Tag > SimpleTag > name and comment, at the end of a segment that has none. */
function webmTags() {
  const tag = [...webmPart([0x45, 0xa3], text.encode("COMMENT")), ...webmPart([0x44, 0x87], text.encode(MARK.COMMENT))];
  return new Uint8Array(webmPart([0x12, 0x54, 0xc3, 0x67], webmPart([0x73, 0x73], webmPart([0x67, 0xc8], tag))));
}

/** @param {number[]} id @param {ArrayLike<number>} content @returns {number[]} */
const webmPart = (id, content) => [...id, 0x40 | (content.length >> 8), content.length & 255, ...Array.from(content)];

/** Big-endian. @param {number} value @param {2 | 4} size */
function number(value, size) {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, value);
  return new Uint8Array(view.buffer, 4 - size);
}
