/** The rules of the guard, what each may do, and the numbers by which it judges. */

/** Capacities are sends, shares are of approvals. */
export interface ConversionConstants {
  /** @default 20 */
  readonly leastDayCapacity: number;
  /** Of the best UTC day of fourteen. @default 0.3 */
  readonly dayShareOfBestDay: number;
  /** Of the last 24 hours. @default 0.3 */
  readonly dayShareOfLastDay: number;
  /** @default 3 */
  readonly leastHourCapacity: number;
  /** The day's capacity is so many times the hour's, at the most. @default 6 */
  readonly hourCapacitiesPerDay: number;
  /** Of the last hour. @default 0.2 */
  readonly hourShareOfLastHour: number;
}

export const conversionDefaults: ConversionConstants = {
  leastDayCapacity: 20,
  dayShareOfBestDay: 0.3,
  dayShareOfLastDay: 0.3,
  leastHourCapacity: 3,
  hourCapacitiesPerDay: 6,
  hourShareOfLastHour: 0.2,
};

export interface FailedChecksConstants {
  /** The span that counts, one minute a slot. @default 10 */
  readonly windowMinutes: number;
  /** Fewer failures in the window are noise. @default 200 */
  readonly leastFailed: number;
  /** People mistype too: so many failures for each approval are theirs. @default 2 */
  readonly failedPerApproval: number;
  /** How long after the last failure too many everybody is asked. @default 15 minutes */
  readonly openMs: number;
}

export const failedChecksDefaults: FailedChecksConstants = {
  windowMinutes: 10,
  leastFailed: 200,
  failedPerApproval: 2,
  openMs: 15 * 60 * 1000,
};

export interface CountriesRule {
  /** @default 3 */
  readonly mostCountries: number;
  readonly windowMs: number;
}

export const countriesDefaults: CountriesRule = {
  mostCountries: 3,
  windowMs: 24 * 60 * 60 * 1000,
};
