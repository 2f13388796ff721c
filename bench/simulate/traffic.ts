import type { Start } from "./guarded.ts";
import { below, type Random } from "./random.ts";

export interface Arrival extends Start {
  readonly atMs: number;
  readonly isAttack: boolean;
  /** Whether the user enters the code, half a minute after the send. */
  readonly approves: boolean;
}

export const dayMs = 24 * 60 * 60 * 1000;
const locations = 50;

/** Prefixes of ten thousand numbers each. No two countries share a prefix. */
const prefixOf = (index: number, country = 0) =>
  `+${62 + country}81${String(1000 + index).padStart(4, "0")}`;
const lastFour = (index: number) => String(index % 10_000).padStart(4, "0");

export interface Crowd {
  readonly people: number;
  readonly prefixes: number;
  readonly approvedShare: number;
}

/** Honest users: each signs in once, at a random time of the day, from an address of its own. */
export function honestDay(
  random: Random,
  startMs: number,
  day: number,
  { people, prefixes, approvedShare }: Crowd,
): Arrival[] {
  return Array.from({ length: people }, (_, index) => ({
    atMs: startMs + below(random, dayMs),
    isAttack: false,
    approves: random() < approvedShare,
    solves: true,
    number: prefixOf(below(random, prefixes)) + lastFour(day * people + index),
    country: "ID",
    address: `person ${day} ${index}`,
    location: below(random, locations),
  }));
}

export interface Attack {
  readonly name: string;
  readonly starts: number;
  readonly numbers: number;
  readonly prefixes: number;
  readonly addresses: number;
  /** The first prefix belongs to honest users. */
  readonly countries: number;
  readonly spanMs: number;
}

/** Pumping: the attacker enters no code and solves no captcha. */
export function attackDay(random: Random, startMs: number, attack: Attack): Arrival[] {
  const { starts, numbers, addresses, spanMs } = attack;
  return Array.from({ length: starts }, () => {
    const number = below(random, numbers);
    const address = below(random, addresses);
    const start = attackOn(number, `attacker ${address}`, address % locations, attack);
    return { ...start, atMs: startMs + below(random, spanMs) };
  });
}

/** A SIM farm: the attacker verifies each number once, without a captcha. */
export function signUpDay(random: Random, startMs: number, attack: Attack): Arrival[] {
  return Array.from({ length: attack.numbers }, (_, number) => ({
    ...attackOn(number, `farm ${number}`, below(random, locations), attack),
    atMs: startMs + below(random, dayMs / 2),
    approves: true,
  }));
}

/** One start of the attack on one of its numbers. */
function attackOn(
  number: number,
  address: string,
  location: number,
  { prefixes, countries }: Attack,
): Omit<Arrival, "atMs"> {
  const prefix = number % prefixes;
  const country = prefix % countries;
  return {
    isAttack: true,
    approves: false,
    solves: false,
    // The worst case: numbers in the honest users' prefixes, with other last digits.
    number: prefixOf(prefix, country) + lastFour(9999 - Math.floor(number / prefixes)),
    country: country === 0 ? "ID" : `A${country}`,
    address,
    location,
  };
}

export const byTime = (arrivals: readonly Arrival[]): Arrival[] =>
  arrivals.toSorted((left, right) => left.atMs - right.atMs);
