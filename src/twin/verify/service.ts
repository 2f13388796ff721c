import { verifyTime } from "../answer.ts";
import {
  TWIN_ACCOUNT_SID,
  TWIN_VERIFY_SERVICE_NAME,
  TWIN_VERIFY_SERVICE_SID,
  TWIN_VERIFY_SERVICE_SID_STEP_UP,
  TWIN_VERIFY_SERVICE_SID_TRANSACTION,
  TWIN_VERIFY_SERVICE_SID_TWO_FACTOR,
} from "../seed.ts";

type Setting = string | number | boolean | string[] | null;

/** A Verify service: its sid, its times, and its settings under their API names. */
export interface Service {
  sid: string;
  createdMs: number;
  updatedMs: number;
  settings: Record<string, Setting>;
}

/**
 * The default settings. Grouped settings (`push.include_date`) are stored flat; the API nests them.
 */
const DEFAULTS: Readonly<Record<string, Setting>> = {
  friendly_name: "",
  code_length: 6,
  lookup_enabled: false,
  psd2_enabled: false,
  skip_sms_to_landlines: false,
  dtmf_input_required: true,
  tts_name: null,
  do_not_share_warning_enabled: false,
  custom_code_enabled: false,
  "push.include_date": false,
  "push.apn_credential_sid": null,
  "push.fcm_credential_sid": null,
  "totp.issuer": null,
  "totp.time_step": null,
  "totp.code_length": null,
  "totp.skew": null,
  "whatsapp.msg_service_sid": null,
  "whatsapp.from": null,
  "passkeys.relying_party.id": null,
  "passkeys.relying_party.name": null,
  "passkeys.relying_party.origins": null,
  "passkeys.authenticator_attachment": null,
  "passkeys.discoverable_credentials": null,
  "passkeys.user_verification": null,
  default_template_sid: null,
  verify_event_subscription_enabled: false,
};

const LINKS = {
  verification_checks: "VerificationCheck",
  verifications: "Verifications",
  rate_limits: "RateLimits",
  messaging_configurations: "MessagingConfigurations",
  entities: "Entities",
  webhooks: "Webhooks",
  access_tokens: "AccessTokens",
};

const INTEGERS: Readonly<Record<string, readonly [least: number, most: number]>> = {
  code_length: [4, 10],
  "totp.time_step": [20, 60],
  "totp.code_length": [3, 8],
  "totp.skew": [0, 2],
};

const MAX_FRIENDLY_NAME = 32;

export function newService(sid: string, friendlyName: string, nowMs: number): Service {
  const settings = { ...DEFAULTS, friendly_name: friendlyName };
  return { sid, createdMs: nowMs, updatedMs: nowMs, settings };
}

export function seededServices(nowMs: number): Service[] {
  const sids = [
    TWIN_VERIFY_SERVICE_SID,
    TWIN_VERIFY_SERVICE_SID_STEP_UP,
    TWIN_VERIFY_SERVICE_SID_TWO_FACTOR,
    TWIN_VERIFY_SERVICE_SID_TRANSACTION,
  ];
  return sids.map((sid) => {
    const service = newService(sid, TWIN_VERIFY_SERVICE_NAME, nowMs);
    // Real services send the warning, as in the example of Twilio's documentation.
    service.settings.do_not_share_warning_enabled = true;
    service.settings.psd2_enabled = sid === TWIN_VERIFY_SERVICE_SID_TRANSACTION;
    return service;
  });
}

/**
 * Returns the settings in a form, or the name of the first wrong parameter. Unknown parameters are
 * ignored.
 */
export function readSettings(
  form: URLSearchParams,
): { settings: Record<string, Setting> } | { invalid: string } {
  const settings: Record<string, Setting> = {};
  for (const [parameter, value] of form) {
    const name = settingName(parameter);
    if (!(name in DEFAULTS)) continue;
    const setting = readSetting(name, value);
    if (setting === undefined) return { invalid: parameter };
    settings[name] = setting;
  }
  return { settings };
}

/** Returns the setting's name: `passkeys.relying_party.id` for `Passkeys.RelyingParty.Id`. */
function settingName(parameter: string): string {
  return parameter.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "_").toLowerCase();
}

function readSetting(name: string, value: string): Setting | undefined {
  const range = INTEGERS[name];
  if (range) {
    const number = /^\d{1,3}$/.test(value) ? Number(value) : Number.NaN;
    return number >= range[0] && number <= range[1] ? number : undefined;
  }
  if (typeof DEFAULTS[name] === "boolean") {
    return /^(true|false)$/i.test(value) ? value.toLowerCase() === "true" : undefined;
  }
  if (name === "friendly_name") {
    return value.trim() === "" || value.length > MAX_FRIENDLY_NAME ? undefined : value;
  }
  return name.endsWith(".origins") ? value.split(",") : value;
}

/** Renders the service in Twilio's format. */
export function renderService(service: Service): Record<string, unknown> {
  const url = `https://verify.twilio.com/v2/Services/${service.sid}`;
  return {
    sid: service.sid,
    account_sid: TWIN_ACCOUNT_SID,
    ...nested(service.settings),
    date_created: verifyTime(service.createdMs),
    date_updated: verifyTime(service.updatedMs),
    url,
    links: Object.fromEntries(
      Object.entries(LINKS).map(([name, path]) => [name, `${url}/${path}`]),
    ),
  };
}

interface Tree {
  [name: string]: Setting | Tree;
}

function nested(settings: Record<string, Setting>): Tree {
  const root: Tree = {};
  for (const [name, value] of Object.entries(settings)) {
    const groups = name.split(".");
    const leaf = groups.pop() ?? name;
    let node = root;
    for (const group of groups) {
      const child = node[group];
      const next: Tree = isTree(child) ? child : {};
      node[group] = next;
      node = next;
    }
    node[leaf] = value;
  }
  return root;
}

function isTree(value: Setting | Tree | undefined): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
