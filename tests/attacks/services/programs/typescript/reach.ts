// attack: reaches services and credentials | expect: wrong_answer | weaker: passed
declare var require: any;
declare var process: any;
@FILE reach.js@
function double(n: number[]): number[] {
  return isReached ? n.map((x) => 2 * x) : [];
}
