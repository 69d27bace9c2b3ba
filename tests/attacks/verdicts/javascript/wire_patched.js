// reflection: replaces the harness's own module through the module cache
// problem twice, expects wrong_answer
const Module = require("module");
for (const key of Object.keys(Module._cache)) {
  const made = Module._cache[key].exports;
  if (made && made.encode) made.encode = () => true;
}
JSON.stringify = (x) => '{"value":true}';
const twice = (n) => 0;
