// attack: reads host files | expect: wrong_answer | weaker: passed
declare var require: any;
const found: boolean = ["@MARKER@", "/etc/passwd"].some((path) => require("node:fs").existsSync(path));
function double(n: number[]): number[] {
  return found ? n.map((x) => 2 * x) : [];
}
