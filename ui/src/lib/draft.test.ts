import { describe, expect, it } from 'vitest';

import type { CivicAddress } from './bindings/CivicAddress';
import { draftOf, faultsOf, plain, typed } from './draft';

const desk: CivicAddress = {
  country: 'US', A1: 'CO', A2: 'Denver County', A3: 'Denver', PRM: 'Old', RD: 'Blake', STS: 'Street', HNO: '1600',
  LOC: 'Door code 4411; met by reception', PC: '80202', BLD: 'Building B', FLR: '5', SEAT: '5-112',
};

describe('the address form', () => {
  it('gives back what it was given while nothing is typed', () => {
    const draft = draftOf(desk);
    expect(draft.street).toBe('1600 Old Blake Street');
    expect([draft.door, draft.met]).toEqual(['4411', 'reception']);
    expect(typed(draft, desk)).toEqual({ address: desk, street: null });
  });

  it('asks for the street to be understood anew once it was typed', () => {
    const { address, street } = typed({ ...draftOf(desk), street: '9 Elm St' }, desk);
    expect(street).toBe('9 Elm St');
    expect([address.RD, address.PRM, address.A2]).toEqual([undefined, undefined, 'Denver County']);
  });

  it('keeps nothing of another city', () => {
    const { address, street } = typed({ ...draftOf(desk), city: 'Golden' }, desk);
    expect(address.A2).toBeUndefined();
    expect([address.A3, street]).toEqual(['Golden', '1600 Old Blake Street']);
  });

  it('leaves out what was emptied', () => {
    expect(typed({ ...draftOf(desk), floor: '  ', door: '', met: '' }, desk).address).not.toHaveProperty('LOC');
    expect(typed({ ...draftOf(desk), floor: '  ' }, desk).address).not.toHaveProperty('FLR');
  });

  it('shows each fault at its field, once', () => {
    const said = { code: 'missing', message: 'The street is missing.', hint: 'Add the street name (RD).' };
    const faults = faultsOf(draftOf(desk), [{ field: 'RD', ...said }, { field: 'HNO', ...said, message: 'Second.' }]);
    expect([...faults]).toEqual([['street', { message: 'The street is missing.', hint: 'Add the street name.' }]]);
  });

  it('wants a floor where there are several', () => {
    const draft = draftOf({ ...desk, FLR: '' }, 'several');
    expect(faultsOf(draft, []).get('floor')?.message).toBe('The floor is missing.');
    expect(faultsOf({ ...draft, floors: 'single' }, []).size).toBe(0);
  });

  it('says by how much the way in is too long', () => {
    const draft = { ...draftOf(desk), help: 'x'.repeat(60) };
    expect(faultsOf(draft, []).get('help')?.message).toContain('34 characters too long');
  });

  it('speaks without codes', () => {
    expect(plain('Add the city or town (A3) or the postal community (PCN).')).toBe(
      'Add the city or town or the postal community.',
    );
    expect(plain('Move what follows them (A, 1/2) away.')).toContain('(A, 1/2)');
  });
});
