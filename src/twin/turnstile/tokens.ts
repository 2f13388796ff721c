/** Cloudflare's token of its dummy site keys, and the secrets that go with it. */
export const DUMMY_TOKEN = "XXXX.DUMMY.TOKEN.XXXX";
export const DUMMY_SECRETS = {
  passes: "1x0000000000000000000000000000000AA",
  fails: "2x0000000000000000000000000000000AA",
  spent: "3x0000000000000000000000000000000AA",
};

/**
 * The twin's own tokens, for its own secret. One source for the emulator, the phone's page and
 * `/twin/captchas.json`. A query behind a token says more: `?action=…&hostname=…&age_seconds=…`.
 */
export const CAPTCHA_TOKENS = [
  { token: DUMMY_TOKEN, happens: "Cloudflare’s dummy: the dummy secret decides" },
  { token: "twin-pass", happens: "Passes, as often as it is handed in" },
  { token: "twin-once-1", happens: "Passes once; with any other ending, too" },
  { token: "twin-fail", happens: "Fails: not a token of this widget" },
  { token: "twin-used", happens: "Fails: already used, or too old" },
];
