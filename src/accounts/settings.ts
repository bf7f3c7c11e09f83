import { one, sql, type Queryable } from '../db.ts'
import type { Weekday } from '../time/date.ts'

/** In the order of `Weekday`. */
export const weekdayNames = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const
export type WeekdayName = (typeof weekdayNames)[number]

/** A stretch of a day by the wall clock, HH:MM; `until` may be 24:00. */
export interface OpenHours {
  from: string
  until: string
}

/** When an account is open on each weekday. */
export type WorkingHours = Record<WeekdayName, 'closed' | 'all_day' | OpenHours[]>

/** A local date on which an account is closed. */
export interface Holiday {
  date: string
  name: string
}

/** What an account keeps, in the order of what is made from what. */
export const keptThings = ['raw', 'hourly', 'daily', 'snapshots', 'files', 'logs'] as const
export type Kept = (typeof keptThings)[number]

/** For how many days what an account keeps is kept; null: for ever. */
export type Retention = Record<Kept, number | null>

/** How an account's digests look; null: as everybody's. */
export interface Branding {
  /** What the service is called in mail, instead of Tidemark. */
  name: string | null
  /** #rrggbb; can be read on white. */
  accent: string | null
  /** The address of a picture, https. */
  logo: string | null
  /** The last line of a mail. */
  footer: string | null
}

/** What an account has settled for itself; null, or an empty list: the default. */
export interface Settings {
  /** An IANA name; null: as Chatwoot's settings have it. */
  zone: string | null
  /** Null: Monday. */
  firstWeekday: Weekday | null
  /** Null: every day is a business day. */
  workingHours: WorkingHours | null
  /** By date. */
  holidays: Holiday[]
  retention: Retention
  branding: Branding
}

/** What is kept where nothing is settled: everything, for ever. */
export const EVERYTHING_KEPT: Retention = { raw: null, hourly: null, daily: null, snapshots: null, files: null, logs: null }
export const UNBRANDED: Branding = { name: null, accent: null, logo: null, footer: null }
export const DEFAULT_FIRST_WEEKDAY: Weekday = 1

const settingsSql = sql(import.meta.url, './settings.sql')

/** The settings of an account; one that has settled nothing, or does not exist, has the defaults. */
export async function settingsOf(db: Queryable, accountId: number): Promise<Settings> {
  const stored = await one<{ [K in keyof Settings]: Settings[K] | null }>(db, settingsSql, [accountId])
  const { zone, firstWeekday, workingHours, holidays, retention, branding } = stored
  return {
    zone,
    firstWeekday,
    workingHours,
    holidays: holidays ?? [],
    retention: { ...EVERYTHING_KEPT, ...retention },
    branding: { ...UNBRANDED, ...branding },
  }
}

/** For how many days what an account has is kept. */
export async function retentionOf(db: Queryable, accountId: number): Promise<Retention> {
  return (await settingsOf(db, accountId)).retention
}

/** The day on which the weeks of an account begin. */
export async function firstWeekdayOf(db: Queryable, accountId: number): Promise<Weekday> {
  return (await settingsOf(db, accountId)).firstWeekday ?? DEFAULT_FIRST_WEEKDAY
}
