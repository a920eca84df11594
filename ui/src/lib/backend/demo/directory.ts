import type { CivicAddress } from '../../bindings/CivicAddress';
import type { DirectoryPlace } from '../../bindings/DirectoryPlace';

const DENVER: CivicAddress = {
  country: 'US', A1: 'CO', A3: 'Denver', HNO: '1600', RD: 'Blake', STS: 'Street', PC: '80202',
};
const BRAUNFELS: CivicAddress = {
  country: 'US', A1: 'TX', A3: 'New Braunfels', HNO: '4200', RD: 'Friedrichshafener Schwarzwaldhochstraßen',
  STS: 'Boulevard', PC: '78130',
};

function floor(site: string, at: CivicAddress, building: string, name: string, desks: number): DirectoryPlace[] {
  return Array.from({ length: desks }, (_, index) => {
    const seat = `${name}-${101 + index}`;
    return {
      id: `${site}/${building}/${name}/${seat}`.toLowerCase().replaceAll(' ', '-'),
      label: `${seat}, ${building}`,
      location: { ...at, BLD: building, FLR: name, SEAT: seat },
      floors: 'several',
    };
  });
}

const CARE = 'Kundenbetreuungs- und Rechnungswesengebäude Süd';

/** Two sites with several buildings, floors and desks, some under long names. */
export const DIRECTORY: DirectoryPlace[] = [
  ...floor('denver', DENVER, 'Building A', '1', 6),
  ...floor('denver', DENVER, 'Building A', '2', 8),
  ...['2', '3', '4', '5', '10'].flatMap((name) => floor('denver', DENVER, 'Building B', name, 14)),
  {
    id: 'denver/b/5/quiet',
    label: 'Quiet room, Building B',
    location: { ...DENVER, BLD: 'Building B', FLR: '5', ROOM: '520' },
    floors: 'several',
  },
  ...floor('braunfels', BRAUNFELS, CARE, 'Zwischengeschoss', 4),
  ...floor('braunfels', BRAUNFELS, CARE, '1', 9),
  ...floor('braunfels', BRAUNFELS, 'Werkfeuerwehr', '1', 3),
  {
    id: 'braunfels/gate',
    label: 'Gate house',
    location: { ...BRAUNFELS, BLD: 'Gate house', ROOM: '1' },
    floors: 'single',
  },
];

/** The building that the demo's office is in. */
export const OFFICE: CivicAddress = { ...DENVER, BLD: 'Building B' };
/** The demo's desk. */
export const DESK: CivicAddress = { ...OFFICE, FLR: '5', SEAT: '5-112' };
/** The demo's home. */
export const HOME: CivicAddress = {
  country: 'US', A1: 'CO', A3: 'Golden', HNO: '12', RD: 'Elm', STS: 'Street', PC: '80401', UNIT: 'Apt 4',
};
