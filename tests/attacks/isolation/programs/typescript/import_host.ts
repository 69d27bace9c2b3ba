// attack: compiles host files in | expect: compile_error
import stolen = require("/etc/passwd");
import other from "@MARKER@";
function double(n: number[]): number[] {
  return [stolen, other, ...n.map((x) => 2 * x)];
}
