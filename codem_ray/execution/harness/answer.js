"use strict";
// Runs the answer to a JavaScript problem and calls its functions when the judge asks.
// The answer's declarations of these names are seen in every module, but not past this line.
const {
  Array, Error, JSON, Map, Object, Promise, Reflect, String, Symbol, SyntaxError, WeakMap, globalThis: globals,
  process,
} = globalThis;
const fs = require("node:fs");
const vm = require("node:vm");
const path = require("node:path");
const wire = require(path.join(__dirname, "wire.js"));

const handles = [];
const iterators = [];
const callbackNumbers = new WeakMap();

// Encodes a value that is not plain data: it stays here; only its number and kind are sent.
function encodeObject(value) {
  if (callbackNumbers.has(value)) return callbackNumbers.get(value);
  handles.push(value);
  const name = typeof value === "function" ? "function" : value.constructor?.name ?? "object";
  const isIterable = typeof value === "object" && typeof value[Symbol.iterator] === "function";
  return ["h", handles.length - 1, typeof value, String(name), isIterable];
}

// An object that defines its own iterator is sent as a handle, so that the iterator stays with it.
encodeObject.asHandle = (value) => (!Array.isArray(value) && Object.hasOwn(value, Symbol.iterator)
  ? encodeObject(value) : undefined);

// Decodes a handle of an object of this process, or a callback of the tests.
function decodeObject(data) {
  if (data[0] === "h") return handles[data[1]];
  const callback = (...args) => {
    wire.send({ callback: data[1], args: args.map((arg) => wire.encode(arg, encodeObject)) });
    let reply = wire.receive();
    // The callback may use objects of the answer before it returns.
    for (; "op" in reply; reply = wire.receive()) wire.send(respondNow(reply));
    if ("error" in reply) throw wire.makeError(reply.error, reply.message);
    return wire.decode(reply.value, decodeObject);
  };
  // Functions such as `curry` read the number of arguments.
  Object.defineProperty(callback, "length", { value: data[2], configurable: true });
  callbackNumbers.set(callback, data);
  return callback;
}

// Compiles the answer as a script, if necessary without its import and export lines.
function compile(source) {
  try {
    return new vm.Script(source, { filename: "answer.js" });
  } catch (error) {
    const script = require(path.join(__dirname, "script.js")).asScript(source);
    if (script === source) throw error;
    return new vm.Script(script, { filename: "answer.js" });
  }
}

// Runs the answer; returns the values of the names that the tests use.
function load(names) {
  // Only the names asked for: reading all globals loads modules such as `fetch`, which takes 100 ms.
  const builtins = new Map(
    names.filter((name) => Object.hasOwn(globals, name)).map((name) => [name, globals[name]]));
  const module = { exports: {} };
  Object.assign(globals, { require, module, exports: module.exports });
  const script = compile(fs.readFileSync("answer.js", "utf8"));
  script.runInThisContext();
  const found = {};
  for (const name of names) {
    let value;
    try {
      value = vm.runInThisContext(name);
    } catch {
      value = module.exports?.[name];
    }
    if (value === undefined) value = module.exports?.[name];
    if (value !== undefined && !Object.is(value, builtins.get(name))) found[name] = wire.encode(value, encodeObject);
  }
  return found;
}

// Returns the next items, and the error that follows them if there is one.
function nextItems({ iterator, next }, count) {
  const found = [];
  let problem;
  try {
    while (found.length < count) {
      const { done, value } = next.call(iterator);
      if (done) break;
      found.push(value);
    }
  } catch (error) {
    problem = describe(error);
  }
  return { value: wire.encode(found, encodeObject), problem };
}

// Returns the reply, or a promise of the reply if the value is a promise.
function perform(request) {
  if (request.op === "next") return nextItems(iterators[request.iterator], request.count);
  const target = request.handle === null ? undefined : handles[request.handle];
  if (request.op === "iterate") {
    const iterator = target[Symbol.iterator]();
    return { iterator: iterators.push({ iterator, next: iterator.next }) - 1 };
  }
  if (request.op === "get") {
    const value = target[request.key];
    return { value: wire.encode(value, encodeObject) };
  }
  if (request.op === "set") {
    target[request.key] = wire.decode(request.value, decodeObject);
    return { value: ["u"] };
  }
  const args = request.args.map((arg) => wire.decode(arg, decodeObject));
  const self = wire.decode(request.self, decodeObject);
  const value = request.op === "new" ? Reflect.construct(target, args)
    : Reflect.apply(target, self, args);
  if (value !== null && typeof value === "object" && typeof value.then === "function") {
    return fulfilled(value, request, args);
  }
  return finished(value, request, args, false);
}

async function fulfilled(promise, request, args) {
  let value;
  try {
    value = await promise;
  } catch (error) {
    return { value: ["u"], isPromise: true, rejected: describe(error) };
  }
  return finished(value, request, args, true);
}

function finished(value, request, args, isPromise) {
  const reply = { value: wire.encode(value, encodeObject), isPromise };
  const mark = handles.length;
  const after = args.map((arg) => wire.encode(arg, encodeObject));
  handles.length = mark;
  if (JSON.stringify(after) !== JSON.stringify(request.args)) reply.after = after;
  return reply;
}

function describe(error) {
  if (error instanceof Error) return { error: error.name, message: String(error.message).slice(0, 2000) };
  return { error: "Error", message: String(error).slice(0, 2000), thrown: wire.encode(error, encodeObject) };
}

// Carries out a request of a callback, which waits, so that no promise can be awaited.
function respondNow(request) {
  try {
    const reply = perform(request);
    if (!(reply instanceof Promise)) return reply;
    reply.catch(() => {});
    return describe(new Error("a callback of the tests waits for a promise of the answer"));
  } catch (error) {
    if (error instanceof wire.PeerGone) throw error;
    return describe(error);
  }
}

// Serves the judge's requests until the judge ends.
async function main() {
  let reply;
  try {
    reply = { names: load(wire.receive().names) };
  } catch (error) {
    reply = error instanceof SyntaxError && /^answer\.js:\d+\n/.test(error.stack ?? "")
      ? { syntax: String(error.stack).slice(0, 1500) } : describe(error);
  }
  for (;;) {
    wire.send(reply);
    const request = wire.receive();
    try {
      reply = await perform(request);
    } catch (error) {
      if (error instanceof wire.PeerGone) throw error;
      reply = describe(error);
    }
  }
}

main().catch(() => process.exit(0));
