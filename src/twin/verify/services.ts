import { invalidParameter, notFound, type Answer } from "../answer.ts";
import type { Call } from "../api.ts";
import { newSid } from "../ids.ts";
import { newService, readSettings, renderService, type Service } from "./service.ts";

const LIST_URL = "https://verify.twilio.com/v2/Services";
const DEFAULT_PAGE_SIZE = 50;
const MAX_PAGE_SIZE = 100;

/** Returns the service that the path names. */
export function serviceOf(call: Call): Service | undefined {
  const sid = call.param("service");
  return call.state.services.find((service) => service.sid === sid);
}

export function createService(call: Call): Answer {
  if (!call.form.get("FriendlyName")) return invalidParameter("FriendlyName");
  const read = readSettings(call.form);
  if ("invalid" in read) return invalidParameter(read.invalid);
  const service = newService(newSid("VA"), "", call.nowMs);
  Object.assign(service.settings, read.settings);
  call.state.services.push(service);
  return { status: 201, body: renderService(service) };
}

export function listServices(call: Call): Answer {
  const size = Math.min(atLeast(1, call.query("PageSize"), DEFAULT_PAGE_SIZE), MAX_PAGE_SIZE);
  const page = atLeast(0, call.query("Page"), 0);
  const first = page * size;
  const { services } = call.state;
  const hasNext = first + size < services.length;
  const urlOf = (number: number) => `${LIST_URL}?PageSize=${size}&Page=${number}`;
  const meta = {
    page,
    page_size: size,
    first_page_url: urlOf(0),
    previous_page_url: page > 0 ? urlOf(page - 1) : null,
    url: urlOf(page),
    next_page_url: hasNext ? urlOf(page + 1) : null,
    key: "services",
  };
  const shown = services.slice(first, first + size).map(renderService);
  return { status: 200, body: { meta, services: shown } };
}

function atLeast(least: number, text: string | undefined, otherwise: number): number {
  const number = /^\d{1,6}$/.test(text ?? "") ? Number(text) : otherwise;
  return Math.max(least, number);
}

export function fetchService(call: Call): Answer {
  const service = serviceOf(call);
  return service ? { status: 200, body: renderService(service) } : notFound(call.path);
}

export function updateService(call: Call): Answer {
  const service = serviceOf(call);
  if (!service) return notFound(call.path);
  const read = readSettings(call.form);
  if ("invalid" in read) return invalidParameter(read.invalid);
  Object.assign(service.settings, read.settings);
  service.updatedMs = call.nowMs;
  return { status: 200, body: renderService(service) };
}

export function deleteService(call: Call): Answer {
  const service = serviceOf(call);
  if (!service) return notFound(call.path);
  const { state } = call;
  state.services = state.services.filter((known) => known !== service);
  state.verifications = state.verifications.filter((known) => known.serviceSid !== service.sid);
  return { status: 204, body: null };
}
