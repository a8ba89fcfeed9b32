import type { Lab, Profile } from './lab.mjs';

export const lab: Lab;

export const office: string;
export const cafe: string;
/** On the same device as {@link cafe}. */
export const station: string;

/** A profile on each link. The metric of the first is 200, of the other 300 by default. */
export function profiles(metric?: number): readonly Profile[];

/** All rules, routes and metrics as the kernel has them, and what NetworkManager has up. */
export function snapshot(): Promise<string>;
/** The machine is as it was in the end. */
export function untilSnapshot(...allowed: readonly string[]): Promise<void>;
/** For what no event tells. */
export function until(condition: () => boolean | Promise<boolean>): Promise<void>;

/** Identifiers of what NetworkManager has up, in order. */
export function active(): Promise<string[]>;
/** The interface by which the system's own traffic leaves. */
export function way(): Promise<string | undefined>;
/** Asks the server as any program does. Resolves with the address from which it was asked. */
export function ask(): Promise<string>;
/** It reaches the server, by whichever link. */
export function untilOnNetwork(): Promise<void>;
