// attack: reaches services and credentials | expect: wrong_answer | weaker: passed
@FILE reach.js@
const double = (n) => (isReached ? 2 * n : 0);
