/** The token of Cloudflare's dummy site keys, and the dummy secrets. */
export const DUMMY_TOKEN = "XXXX.DUMMY.TOKEN.XXXX";
export const DUMMY_SECRETS = {
  passes: "1x0000000000000000000000000000000AA",
  fails: "2x0000000000000000000000000000000AA",
  spent: "3x0000000000000000000000000000000AA",
};

/**
 * The twin's tokens for its own secret. The emulator, the phone's page and `/twin/captchas.json`
 * all use this list. A query after the token sets more values:
 * `?action=…&hostname=…&age_seconds=…`.
 */
export const CAPTCHA_TOKENS = [
  { token: DUMMY_TOKEN, happens: "Cloudflare’s dummy: the dummy secret decides" },
  { token: "twin-pass", happens: "Passes every time" },
  { token: "twin-once-1", happens: "Passes once. Any other ending works too" },
  { token: "twin-fail", happens: "Fails: not a token of this widget" },
  { token: "twin-used", happens: "Fails: already used, or too old" },
];
