/**
 * Lookup's data about a line. A value is null if Twilio does not know it; `errorCode` then has the
 * reason.
 */
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
