"use strict";
// Holds the answer of a JavaScript problem; calls its functions when the judge asks.
const fs = require("node:fs");
const vm = require("node:vm");
const path = require("node:path");
const wire = require(path.join(__dirname, "wire.js"));

const handles = [];
const iterators = [];
const callbackNumbers = new WeakMap();

function other(value) {
  if (callbackNumbers.has(value)) return callbackNumbers.get(value);
  handles.push(value);
  const name = typeof value === "function" ? "function" : value.constructor?.name ?? "object";
  const isIterable = typeof value === "object" && typeof value[Symbol.iterator] === "function";
  return ["h", handles.length - 1, typeof value, String(name), isIterable];
}

// What an object can be looked through by stays with it.
other.mine = (value) => (!Array.isArray(value) && Object.hasOwn(value, Symbol.iterator)
  ? other(value) : undefined);

function known(data) {
  if (data[0] === "h") return handles[data[1]];
  const callback = (...args) => {
    wire.send({ callback: data[1], args: args.map((arg) => wire.encode(arg, other)) });
    let reply = wire.receive();
    // What it does with an object of ours is asked for before it returns.
    for (; "op" in reply; reply = wire.receive()) wire.send(respondAtOnce(reply));
    if ("error" in reply) throw wire.makeError(reply.error, reply.message);
    return wire.decode(reply.value, known);
  };
  // How many arguments it takes is what a `curry` looks at.
  Object.defineProperty(callback, "length", { value: data[2], configurable: true });
  callbackNumbers.set(callback, data);
  return callback;
}

function compile(source) {
  try {
    return new vm.Script(source, { filename: "answer.js" });
  } catch (error) {
    const script = require(path.join(__dirname, "script.js")).asScript(source);
    if (script === source) throw error;
    return new vm.Script(script, { filename: "answer.js" });
  }
}

function load(names) {
  // Only what is asked for: reading all globals would load `fetch` and the like, for 100 ms.
  const builtins = new Map(
    names.filter((name) => Object.hasOwn(globalThis, name)).map((name) => [name, globalThis[name]]));
  const module = { exports: {} };
  Object.assign(globalThis, { require, module, exports: module.exports });
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
    if (value !== undefined && !Object.is(value, builtins.get(name))) found[name] = wire.encode(value, other);
  }
  return found;
}

// What comes before an error is looked at before it.
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
  return { value: wire.encode(found, other), problem };
}

// Returns the reply, or a promise of it where the value is one.
function perform(request) {
  if (request.op === "next") return nextItems(iterators[request.iterator], request.count);
  const target = request.handle === null ? undefined : handles[request.handle];
  if (request.op === "iterate") {
    const iterator = target[Symbol.iterator]();
    return { iterator: iterators.push({ iterator, next: iterator.next }) - 1 };
  }
  if (request.op === "get") {
    const value = target[request.key];
    return { value: wire.encode(value, other) };
  }
  if (request.op === "set") {
    target[request.key] = wire.decode(request.value, known);
    return { value: ["u"] };
  }
  const args = request.args.map((arg) => wire.decode(arg, known));
  const self = wire.decode(request.self, known);
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
  const reply = { value: wire.encode(value, other), isPromise };
  const mark = handles.length;
  const after = args.map((arg) => wire.encode(arg, other));
  handles.length = mark;
  if (JSON.stringify(after) !== JSON.stringify(request.args)) reply.after = after;
  return reply;
}

function describe(error) {
  if (error instanceof Error) return { error: error.name, message: String(error.message).slice(0, 2000) };
  return { error: "Error", message: String(error).slice(0, 2000), thrown: wire.encode(error, other) };
}

// The tests' callback waits, so a promise cannot be awaited here.
function respondAtOnce(request) {
  try {
    const reply = perform(request);
    if (!(reply instanceof Promise)) return reply;
    reply.catch(() => {});
    return describe(new Error("a callback of the tests waits for a promise of the answer's"));
  } catch (error) {
    if (error instanceof wire.PeerGone) throw error;
    return describe(error);
  }
}

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
