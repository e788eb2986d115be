//! Small pages of every layout. What real servers write is in `tests/against_services`.

use std::time::Duration;

use super::*;

const MARIADB: u32 = 0x15;
const MYSQL: u32 = 0x4021;
const SIZE: usize = 16_384;

/// The content of a page of an index, without checksums.
fn blank(at: u32, size: usize) -> Vec<u8> {
    let mut page: Vec<u8> = (0..size).map(|byte| (byte * 7 % 251) as u8).collect();
    page[..DATA].fill(0);
    put(&mut page, 4, at);
    put(&mut page, LSN + 4, 0x0102_0304 + at);
    page[TYPE..TYPE + 2].copy_from_slice(&17_855u16.to_be_bytes());
    put(&mut page, 34, 9);
    page
}

fn put(page: &mut [u8], at: usize, number: u32) {
    page[at..at + 4].copy_from_slice(&number.to_be_bytes());
}

/// Writes the checksums as the server would.
fn seal(mut page: Vec<u8>, sum: Sum) -> Vec<u8> {
    let size = page.len();
    let lsn = number(&page, LSN + 4);
    match sum {
        Sum::Full => {
            put(&mut page, size - 8, lsn);
            let crc = CRC.checksum(&page[..size - 4]);
            put(&mut page, size - 4, crc);
        }
        Sum::Split => {
            put(&mut page, size - 4, lsn);
            let crc = CRC.checksum(&page[4..26]) ^ CRC.checksum(&page[38..size - 8]);
            put(&mut page, 0, crc);
            put(&mut page, size - 8, crc);
        }
    }
    page
}

/// A tablespace of so many pages, the last never used.
fn tablespace(flags: u32, size: usize, pages: u32) -> Vec<u8> {
    let sum = if flags & 0x10 == 0 { Sum::Split } else { Sum::Full };
    let mut out = Vec::new();
    for at in 0..pages - 1 {
        let mut page = blank(at, size);
        if at == 0 {
            page[TYPE..TYPE + 2].copy_from_slice(&8u16.to_be_bytes());
            put(&mut page, FILE_PAGES, pages);
            put(&mut page, FLAGS, flags);
        }
        out.extend(seal(page, sum));
    }
    out.resize(out.len() + size, 0);
    out
}

fn read_one(bytes: &[u8], is_prepared: bool) -> PageFacts {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.ibd");
    std::fs::write(&path, bytes).unwrap();
    read(folder.path(), &[path], is_prepared, Instant::now() + Duration::from_secs(60))
}

#[test]
fn the_sums_are_those_of_the_books() {
    assert_eq!(CRC.checksum(b"123456789"), 0xE306_9283, "CRC-32C");
    assert_eq!(low(fold(b"123456789")), 0xBFC5_157C, "computed from the definition by another program");
}

#[test]
fn sound_pages_of_every_layout_pass() {
    let layouts = [
        (MARIADB, SIZE),
        (0x13, 4096),
        (0x17, 65_536),
        (MYSQL, SIZE),
        (0, SIZE),
        (0x0021 | 3 << 6, 4096),
        (0x0021 | 6 << 6, 32_768),
        (0x4021 | 7 << 6, 65_536),
    ];
    for (flags, size) in layouts {
        let facts = read_one(&tablespace(flags, size, 5), true);
        assert_eq!(
            (facts.pages, facts.sound, facts.faults, facts.unknowns),
            (5, 5, 0, 0),
            "{flags:#x} {facts:?}"
        );
    }
}

/// Every bit that is flipped anywhere is seen, or the page is not called sound.
#[test]
fn a_flipped_bit_is_seen() {
    for flags in [MARIADB, MYSQL] {
        let good = tablespace(flags, SIZE, 4);
        for at in
            (0..3 * SIZE).step_by(97).chain(0..64).chain(SIZE - 16..SIZE + 64).chain(2 * SIZE - 16..2 * SIZE)
        {
            let mut bad = good.clone();
            bad[at] ^= 1 << (at % 8);
            let facts = read_one(&bad, true);
            let within = at % SIZE;
            // MySQL's sum leaves out where the number of the tablespace stands.
            let covered = flags == MARIADB || !(KEY_VERSION..DATA).contains(&within);
            // The flags themselves: then the layout is open.
            let flagged = (FLAGS..FLAGS + 4).contains(&at);
            if covered {
                assert!(facts.faults > 0 || flagged && facts.unknowns > 0, "{flags:#x} {at} {facts:?}");
            }
            if covered && at >= SIZE {
                assert_eq!((facts.faults, facts.sound), (1, 3), "{flags:#x} {at} {facts:?}");
            }
        }
    }
}

#[test]
fn pages_in_the_wrong_place_and_cut_files_are_seen() {
    for flags in [MARIADB, MYSQL] {
        let good = tablespace(flags, SIZE, 5);
        let mut swapped = good.clone();
        swapped.copy_within(SIZE..2 * SIZE, 2 * SIZE);
        let facts = read_one(&swapped, true);
        assert_eq!(facts.faulty, ["t.ibd: page 2: it belongs to another place"]);
        let facts = read_one(&good[..4 * SIZE + 100], true);
        assert_eq!(facts.faulty, ["t.ibd: ends within page 4", "t.ibd: 4 pages, 5 by its first page"]);
        // Before the redo log is applied, a file may be shorter.
        let facts = read_one(&good[..4 * SIZE], false);
        assert_eq!((facts.faults, facts.unknowns), (0, 1), "{facts:?}");
        for cut in [0, 1, 4095] {
            assert_eq!(read_one(&good[..cut], true).faulty, ["t.ibd: shorter than one page"]);
        }
        assert_eq!(read_one(&good[..SIZE - 1], true).faults, 1);
    }
    let torn = {
        let mut page = seal(blank(1, SIZE), Sum::Split);
        put(&mut page, SIZE - 4, 7);
        page
    };
    assert_eq!(page(&torn, 1, Sum::Split), Page::Faulty("head and tail are of different times"));
    let empty = vec![0; 3 * SIZE];
    assert_eq!((read_one(&empty, true).faults, read_one(&empty, false).unknowns), (1, 1));
}

#[test]
fn what_is_not_certain_is_unknown() {
    let of = |flags: u32| {
        let facts = read_one(&tablespace(flags, SIZE, 3), true);
        assert_eq!((facts.faults, facts.unknowns, facts.sound), (0, 1, 0), "{flags:#x} {facts:?}");
        facts.unknown[0].clone()
    };
    assert_eq!(of(0x4021 | 1 << 13), "t.ibd: encrypted");
    assert_eq!(of(0x0021 | 1 << 16), "t.ibd: its pages are compressed");
    assert_eq!(of(MARIADB | 3 << 5), "t.ibd: its pages are compressed");
    assert_eq!(of(MARIADB | 1 << 9), "t.ibd: its flags are not known");
    assert_eq!(of(0x0021 | 4 << 1), "t.ibd: ROW_FORMAT=COMPRESSED");
    assert_eq!(of(0x0021 | 9 << 6), "t.ibd: its flags name no size of a page");
    // As MariaDB 10.1.20 wrote it: what is the size now was something else then.
    assert_eq!(of(0x0021 | 3 << 6), "t.ibd: its flags do not say how large its pages are");
    let kinds = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut page_ = blank(1, SIZE);
        change(&mut page_);
        page(&page_, 1, Sum::Split)
    };
    let covered = Page::Unknown("compressed or encrypted");
    for kind in COVERED {
        assert_eq!(kinds(&|page| page[TYPE..TYPE + 2].copy_from_slice(&kind.to_be_bytes())), covered);
    }
    assert_eq!(kinds(&|page| put(page, KEY_VERSION, 1)), covered);
    assert_eq!(kinds(&|_| ()), Page::Faulty("its checksum is wrong"));
    let without = |page: &mut Vec<u8>| {
        put(page, 0, NO_CHECKSUM);
        put(page, SIZE - 8, NO_CHECKSUM);
    };
    assert_eq!(kinds(&without), Page::Unknown("written without a checksum"));
}

#[test]
fn sums_of_old_servers_are_right_as_well() {
    let mut old = blank(3, SIZE);
    let lsn = number(&old, LSN + 4);
    put(&mut old, SIZE - 4, lsn);
    let sum = low(fold(&old[4..26]).wrapping_add(fold(&old[38..SIZE - 8])));
    put(&mut old, 0, sum);
    let tail = low(fold(&old[..26]));
    put(&mut old, SIZE - 8, tail);
    assert_eq!(page(&old, 3, Sum::Split), Page::Sound);
    old[9000] ^= 1;
    assert_eq!(page(&old, 3, Sum::Split), Page::Faulty("its checksum is wrong"));
}

#[test]
fn when_the_time_is_over_the_rest_is_counted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.ibd");
    std::fs::write(&path, tablespace(MYSQL, SIZE, 9)).unwrap();
    let facts = read(folder.path(), &[path.clone(), folder.path().join("gone.ibd")], true, Instant::now());
    assert_eq!(
        (facts.files, facts.pages, facts.sound, facts.unread, facts.unknowns),
        (2, 9, 0, 9, 1),
        "{facts:?}"
    );
}
