import type { Config } from "../../config.ts";
import type { OwnCodeConfig } from "../../config/own-code.ts";
import { note, ok, warning, type Row } from "./row.ts";

const daySeconds = 86_400;

/**
 * Rows about settings that break a published rule. Sources: NIST SP 800-63B-4 §3.1.3.2 (six digits,
 * ten minutes), §3.1.3.3 (telephone network restricted), §2.1.3 (sessions); OWASP ASVS 5.0 6.5.4
 * (20 bits) and 6.5.5 (ten minutes).
 */
export function standardRows(config: Config, values: Readonly<Record<string, string>>): Row[] {
  const { engine } = config;
  const ownCode = engine.name === "messaging" ? engine.ownCode : engine.fallback;
  const rows = [...(ownCode === undefined ? [] : codeRows(ownCode)), ...sessionRows(config)];
  const consent = values.ALLOW_NONCONFORMING === "on";
  const isIdle = consent && !rows.some(({ name }) => name.startsWith("OTP_"));
  return [
    ...(rows.length > 0
      ? rows
      : [ok("Standards", "Settings", "break no rule that the doctor knows")]),
    ...(isIdle && engine.name === "messaging" ? [idleConsentRow] : []),
    note(
      "Standards",
      "Text and call",
      "NIST SP 800-63B-4 §3.1.3.3 calls the telephone network a restricted authenticator: offer users another one too",
    ),
  ];
}

const idleConsentRow = warning(
  {
    area: "Standards",
    name: "ALLOW_NONCONFORMING",
    detail: "is on, but no setting needs it",
  },
  "Turn it off, so that weaker codes are refused.",
);

function codeRows({ length, lifetimeSeconds }: OwnCodeConfig): Row[] {
  return [
    ...(length < 6
      ? [
          warning(
            {
              area: "Standards",
              name: "OTP_LENGTH",
              detail: `${length} digits: NIST SP 800-63B-4 §3.1.3.2 requires six or more, ASVS 5.0 6.5.4 requires 20 bits`,
            },
            "Set OTP_LENGTH=6.",
          ),
        ]
      : []),
    ...(lifetimeSeconds > 600
      ? [
          warning(
            {
              area: "Standards",
              name: "OTP_TTL",
              detail: `${Math.round(lifetimeSeconds / 60)} minutes: NIST SP 800-63B-4 §3.1.3.2 and ASVS 5.0 6.5.5 allow at most ten`,
            },
            "Set OTP_TTL=10m.",
          ),
        ]
      : []),
  ];
}

function sessionRows({ sessionMaxSeconds, accessTokenLifetimeSeconds }: Config): Row[] {
  return [
    ...(sessionMaxSeconds > 30 * daySeconds
      ? [
          warning(
            {
              area: "Standards",
              name: "REFRESH_MAX_TTL",
              detail: `${Math.round(sessionMaxSeconds / daySeconds)} days: NIST SP 800-63B-4 §2.1.3 recommends at most 30, even for one factor`,
            },
            "Set REFRESH_MAX_TTL=30d.",
          ),
        ]
      : []),
    ...(accessTokenLifetimeSeconds > 900
      ? [
          warning(
            {
              area: "Standards",
              name: "ACCESS_TTL",
              detail: `${Math.round(accessTokenLifetimeSeconds / 60)} minutes: backends that verify offline accept an ended session for this long (ASVS 5.0 7.4)`,
            },
            "Set ACCESS_TTL=10m.",
          ),
        ]
      : []),
  ];
}
