"use strict";
// Messages between the judge's process and the answer's: plain data that keeps its types.
// An answer may declare these names for itself, and its declarations are seen in every module.
const {
  Array, Atomics, BigInt, Date, Error, Int32Array, JSON, Map, Number, Object, RangeError, RegExp, Set,
  SharedArrayBuffer, String, Symbol, SyntaxError, TypeError, Uint8Array,
} = globalThis;
const fs = require("node:fs");
const { Buffer } = require("node:buffer");
const { types } = require("node:util");
let readFd = 5;
let writeFd = 6;
const { writeSync, readSync } = fs;
const pause = new Int32Array(new SharedArrayBuffer(4));

class PeerGone extends Error {}

// Repeats an operation on a pipe until it no longer has to wait.
function retry(action) {
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (error.code !== "EAGAIN") throw new PeerGone("the other process is gone");
      Atomics.wait(pause, 0, 0, 1);
    }
  }
}

function send(message) {
  const body = Buffer.from(JSON.stringify(message));
  const data = Buffer.alloc(4 + body.length);
  data.writeUInt32BE(body.length, 0);
  body.copy(data, 4);
  let sent = 0;
  while (sent < data.length) sent += retry(() => writeSync(writeFd, data, sent));
}

function read(count) {
  const data = Buffer.alloc(count);
  let got = 0;
  while (got < count) {
    const size = retry(() => readSync(readFd, data, got, count - got, null));
    if (size === 0) throw new PeerGone("the other process is gone");
    got += size;
  }
  return data;
}

function receive() {
  return JSON.parse(read(read(4).readUInt32BE(0)).toString());
}

// Values come from several realms (the tests' and Node's), each with its own Object.prototype.
function isPlain(value) {
  const shape = Object.getPrototypeOf(value);
  return shape === Object.prototype || shape === null
    || (Object.getPrototypeOf(shape) === null && Object.hasOwn(shape, "isPrototypeOf"));
}

function isURL(value) {
  const shape = Object.getPrototypeOf(value);
  return shape !== null && Object.hasOwn(shape, "searchParams")
    && shape === require("node:url").URL.prototype;
}

const ARRAYS = { Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array,
                 Uint32Array, Float32Array, Float64Array, BigInt64Array, BigUint64Array };

function typedArray(name, text) {
  const bytes = Buffer.from(text, "base64");
  if (name === "Buffer") return bytes;
  if (!Object.hasOwn(ARRAYS, name)) throw new TypeError("an array of unknown type");
  const made = new ARRAYS[name](bytes.length / ARRAYS[name].BYTES_PER_ELEMENT);
  new Uint8Array(made.buffer).set(bytes);
  return made;
}

// Turns a value into JSON; `encodeObject` encodes values that are not plain data.
function encode(value, encodeObject) {
  if (value === null || typeof value === "boolean" || typeof value === "string") return value;
  if (value === undefined) return ["u"];
  if (typeof value === "number") {
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value : ["n", Object.is(value, -0) ? "-0" : String(value)];
  }
  if (typeof value === "bigint") return ["B", String(value)];
  if (typeof value === "function" || typeof value === "symbol") return encodeObject(value);
  const handle = encodeObject.asHandle && encodeObject.asHandle(value);
  if (handle) return handle;
  if (Array.isArray(value)) return ["a", Array.from(value, (item) => encode(item, encodeObject))];
  if (types.isDate(value)) return ["D", encode(value.getTime(), encodeObject)];
  if (types.isMap(value)) {
    return ["m", Array.from(value, ([k, v]) => [encode(k, encodeObject), encode(v, encodeObject)])];
  }
  if (types.isSet(value)) return ["s", Array.from(value, (item) => encode(item, encodeObject))];
  if (types.isRegExp(value)) return ["r", value.source, value.flags];
  if (types.isNativeError(value)) return ["e", value.name, value.message];
  if (types.isTypedArray(value)) {
    const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    const name = Buffer.isBuffer(value) ? "Buffer" : value[Symbol.toStringTag];
    if (name !== "Buffer" && !Object.hasOwn(ARRAYS, name)) return encodeObject(value);
    return ["t", name, bytes.toString("base64")];
  }
  if (isURL(value)) return ["U", value.href];
  if (isPlain(value)) {
    return ["o", Object.keys(value).map((key) => [key, encode(value[key], encodeObject)])];
  }
  return encodeObject(value);
}

const ERRORS = { Error, TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError };

function makeError(name, message) {
  const error = new (Object.hasOwn(ERRORS, name) ? ERRORS[name] : Error)(message);
  if (error.name !== name) error.name = name;
  return error;
}

// Reverses `encode`; `decodeObject` decodes values that are not plain data.
function decode(data, decodeObject) {
  if (!Array.isArray(data)) return data;
  switch (data[0]) {
    case "u": return undefined;
    case "n": return Number(data[1]);
    case "B": return BigInt(data[1]);
    case "a": return data[1].map((item) => decode(item, decodeObject));
    case "D": return new Date(decode(data[1], decodeObject));
    case "m": return new Map(data[1].map(([k, v]) => [decode(k, decodeObject), decode(v, decodeObject)]));
    case "s": return new Set(data[1].map((item) => decode(item, decodeObject)));
    case "r": return new RegExp(data[1], data[2]);
    case "e": return makeError(data[1], data[2]);
    case "t": return typedArray(data[1], data[2]);
    case "U": return new (require("node:url").URL)(data[1]);
    case "o": {
      const made = {};
      for (const [key, item] of data[1]) {
        const value = decode(item, decodeObject);
        // `await` would call a `then` of the answer, which may never call back.
        if (key === "then" && typeof value === "function") continue;
        Object.defineProperty(made, key, { value, writable: true, enumerable: true,
                                           configurable: true });
      }
      return made;
    }
    default: return decodeObject(data);
  }
}

function connect(reading, writing) {
  [readFd, writeFd] = [reading, writing];
}

module.exports = { isPlain, connect, send, receive, encode, decode, makeError, PeerGone };
