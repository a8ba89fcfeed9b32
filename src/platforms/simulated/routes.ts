import { mayReachNetwork } from './description.js';
import type { SimulatedLink } from './link.js';

/**
 * By which access point traffic goes: of those that are up, what is preferred, else the lowest metric, else the first.
 * What is known to lead nowhere comes last, as NetworkManager has it too, and after that what was started for a move that
 * is not accepted yet (R3).
 */
export function routedBy(links: Iterable<SimulatedLink>): SimulatedLink | undefined {
  return [...links]
    .filter(({ link }) => link === 'up')
    .sort((one, other) => rank(one) - rank(other) || distance(one) - distance(other))[0];
}

function rank({ description, preference, isHeldBack }: SimulatedLink): number {
  return (isHeldBack ? 4 : 0) + (mayReachNetwork(description) ? 0 : 2) + (preference === undefined ? 1 : 0);
}

/** The highest metric that a route can have, and so as good as none. */
const furthest = 0xffff_ffff;

function distance({ metric }: SimulatedLink): number {
  return metric ?? furthest;
}

/** What NetworkManager gives a VPN that is to carry the traffic. */
const preferredByDefault = 50;

/** The metric that puts one before all others: its own where that does so already. */
export function metricBefore(link: SimulatedLink, links: Iterable<SimulatedLink>): number {
  const others = [...links].filter((other) => other !== link);
  return Math.max(0, Math.min(link.metric ?? preferredByDefault, ...others.map((other) => distance(other) - 1)));
}
