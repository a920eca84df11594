import { describe, expect, it } from 'vitest';

import type { CivicAddress } from './bindings/CivicAddress';
import type { DirectoryPlace } from './bindings/DirectoryPlace';
import { isWithin, nameWithin, options, search, sites, wayTo } from './places';

const blake: CivicAddress = { country: 'US', A1: 'CO', A3: 'Denver', HNO: '1600', RD: 'Blake', STS: 'Street', PC: '80202' };
const place = (id: string, location: CivicAddress): DirectoryPlace => ({ id, label: id, location, floors: 'several' });
const directory = [
  place('b/10/2', { ...blake, BLD: 'Building B', FLR: '10', SEAT: '2' }),
  place('b/5/112', { ...blake, BLD: 'Building B', FLR: '5', SEAT: '5-112' }),
  place('b/5/20', { ...blake, BLD: 'Building B', FLR: '5', SEAT: '5-20' }),
  place('a/1', { ...blake, BLD: 'A', FLR: '1', ROOM: '101' }),
  place('shop', { country: 'US', A1: 'CO', A3: 'Golden', HNO: '12', RD: 'Elm', STS: 'Street', PC: '80401' }),
  place('café', { country: 'CA', A1: 'QC', A3: 'Montréal', HNO: '9', RD: 'Érables', FLR: 'Mezzanine' }),
];
const labels = (all: ReturnType<typeof options>) =>
  all.map((option) => (option.is === 'area' ? option.area.label : nameWithin(option.place)));

describe('the directory as a way to a desk', () => {
  const all = sites(directory);

  it('is sites, then buildings, then floors in the order of their numbers, then desks', () => {
    expect(labels(options(all, []))).toEqual(['9 Érables', '12 Elm Street', '1600 Blake Street']);
    const site = all[2]!;
    expect(labels(options(all, [site]))).toEqual(['Building A', 'Building B']);
    const building = site.areas[1]!;
    expect(labels(options(all, [site, building]))).toEqual(['Floor 5', 'Floor 10']);
    expect(labels(options(all, [site, building, building.areas[0]!]))).toEqual(['Desk 5-20', 'Desk 5-112']);
    expect(site.count).toBe(4);
  });

  it('leaves out a step that nothing says', () => {
    expect(labels(options(all, [all[1]!]))).toEqual(['shop']);
    expect(labels(options(all, [all[0]!]))).toEqual(['Mezzanine']);
  });

  it('finds the way to a building', () => {
    const way = wayTo(all, { ...blake, BLD: 'building b' });
    expect(way.map((area) => area.label)).toEqual(['1600 Blake Street', 'Building B']);
    expect(wayTo(all, blake).map((area) => area.label)).toEqual(['1600 Blake Street']);
    expect(wayTo(all, { ...blake, HNO: '1601' })).toEqual([]);
  });

  it('filters by words in any order, without accents', () => {
    expect(search(directory, '112 blake').map((found) => found.id)).toEqual(['b/5/112']);
    expect(search(directory, 'montreal').map((found) => found.id)).toEqual(['café']);
    expect(search(directory, '  ')).toEqual([]);
  });

  it('knows what is on the way', () => {
    const way = wayTo(all, { ...blake, BLD: 'Building B' });
    expect(directory.filter((one) => isWithin(one, way)).map((one) => one.id)).toEqual([
      'b/10/2', 'b/5/112', 'b/5/20',
    ]);
  });
});
