/** What Lookup tells of a line; null is what Twilio does not know, `errorCode` then says why. */
export interface LineFacts {
  type: string | null;
  score: number | null;
  isBlocked: boolean | null;
  errorCode: number | null;
}

export const ORDINARY_LINE: LineFacts = {
  type: "mobile",
  score: 7,
  isBlocked: false,
  errorCode: null,
};
