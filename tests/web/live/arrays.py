"""Arrays to a page and back, so that what the browser computes can be compared with Python."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from playwright.sync_api import Page

HELPERS = """
const types = {float32: Float32Array, float64: Float64Array, uint8: Uint8Array};
const decode = (value) => {
  if (typeof value?.picture === "string") {
    const rgba = Uint8ClampedArray.from(atob(value.picture), (c) => c.charCodeAt(0));
    return {width: value.width, height: value.height, data: rgba};
  }
  if (typeof value?.array === "string") {
    const bytes = Uint8Array.from(atob(value.array), (c) => c.charCodeAt(0));
    return new types[value.type](bytes.buffer);
  }
  if (Array.isArray(value)) return value.map(decode);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, decode(v)]));
  }
  return value;
};
const base64 = (bytes) => {
  let text = "";
  for (let i = 0; i < bytes.length; i += 32768) text += String.fromCharCode(...bytes.subarray(i, i + 32768));
  return btoa(text);
};
const encode = (value) => {
  if (value?.data instanceof Uint8ClampedArray) {
    return {picture: base64(value.data), width: value.width, height: value.height};
  }
  if (ArrayBuffer.isView(value)) {
    const type = Object.keys(types).find((name) => value instanceof types[name]);
    return {array: base64(new Uint8Array(value.buffer, value.byteOffset, value.byteLength)), type};
  }
  if (Array.isArray(value)) return value.map(encode);
  if (value && typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, encode(v)]));
  }
  return value;
};
"""


def evaluate(page: Page, body: str, **values: Any) -> Any:
    """What the body of an asynchronous function returns.

    Args:
        page: one of the app's, whose modules `load("draw.js")` imports.
        values: what the function is to know; (H, W, 3) uint8 arrays arrive as pictures, other arrays as typed arrays.
    """
    names = ", ".join(values)
    script = f"""async (values) => {{ {HELPERS}
      const load = (name) => import(new URL(name, document.baseURI).href);
      const {{ {names} }} = decode(values);
      return encode(await (async () => {{ {body} }})());
    }}"""
    return _from_page(page.evaluate(script, _to_page(values)))


def _to_page(value: Any) -> Any:
    if isinstance(value, np.ndarray) and value.dtype == np.uint8 and value.ndim == 3:
        opaque = np.dstack([value, np.full(value.shape[:2], 255, np.uint8)])
        return {"picture": _text(opaque), "width": value.shape[1], "height": value.shape[0]}
    if isinstance(value, np.ndarray):
        return {"array": _text(value), "type": str(value.dtype)}
    if isinstance(value, dict):
        return {key: _to_page(each) for key, each in value.items()}
    return [_to_page(each) for each in value] if isinstance(value, list | tuple) else value


def _from_page(value: Any) -> Any:
    if isinstance(value, dict) and isinstance(value.get("picture"), str):
        pixels = np.frombuffer(base64.b64decode(value["picture"]), np.uint8)
        return pixels.reshape(value["height"], value["width"], 4)[..., :3]
    if isinstance(value, dict) and isinstance(value.get("array"), str):
        return np.frombuffer(base64.b64decode(value["array"]), value["type"])
    if isinstance(value, dict):
        return {key: _from_page(each) for key, each in value.items()}
    return [_from_page(each) for each in value] if isinstance(value, list) else value


def _text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode()
