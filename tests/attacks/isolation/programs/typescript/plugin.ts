// attack: compiler plugin | expect: contained
// @ts-plugin /tmp/evil.js
/// <amd-module name="/tmp/evil" />
/// <reference types="/tmp/evil" />
/// <reference lib="../../../../etc/passwd" />
function double(n: number[]): number[] {
  return n.map((x) => 0);
}
