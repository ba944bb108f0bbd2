/** The server cannot be judged at all. The message begins with a line that says what to do. */
export class NotJudgeable extends Error {}
