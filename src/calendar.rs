//! Days in the calendar, for logins that end after months. UTC.

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A day: year, month from 1 to 12, day of the month from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Date {
    year: i64,
    month: i64,
    day: i64,
}

/// Returns the moment so many months later, in Unix milliseconds: on the same day of the month at the same time, or on the last
/// day of a month that is shorter.
pub(crate) fn months_after(unix_ms: i64, months: i64) -> i64 {
    let date = Date::of(unix_ms);
    let month = date.month - 1 + months;
    let mut later = Date {
        year: date.year + month.div_euclid(12),
        month: month.rem_euclid(12) + 1,
        day: date.day,
    };
    later.day = later.day.min(days_in(later.year, later.month));
    later.number() * DAY_MS + unix_ms.rem_euclid(DAY_MS)
}

/// Returns the day of a moment in Unix milliseconds, such as `2026-11-25`.
pub(crate) fn day(unix_ms: i64) -> String {
    let Date { year, month, day } = Date::of(unix_ms);
    format!("{year:04}-{month:02}-{day:02}")
}

impl Date {
    /// The civil date of a Unix day. From 1 March, years have their extra day at the end; 400 of them have 146,097 days.
    fn of(unix_ms: i64) -> Date {
        let days = unix_ms.div_euclid(DAY_MS) + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        Date {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: of_year - (153 * from_march + 2) / 5 + 1,
        }
    }

    /// The Unix day of a date.
    fn number(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let (era, year_of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let from_march = if self.month > 2 { self.month - 3 } else { self.month + 9 };
        let of_year = (153 * from_march + 2) / 5 + self.day - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + of_year - 719_468
    }
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_date() {
        // date -u -d @SECONDS +%F
        for (seconds, expected) in [
            (0, "1970-01-01"),
            (951_782_399, "2000-02-28"),
            (951_782_400, "2000-02-29"),
            (1_709_251_199, "2024-02-29"),
            (1_795_646_400, "2026-11-25"),
            (4_107_542_400, "2100-03-01"),
        ] {
            assert_eq!(day(seconds * 1000), expected);
        }
    }

    #[test]
    fn each_day_has_one_number() {
        for number in -200_000..200_000 {
            assert_eq!(Date::of(number * DAY_MS).number(), number);
        }
    }

    #[test]
    fn six_months_later_is_the_same_day_or_the_last_of_its_month() {
        let at = |year, month, day| Date { year, month, day }.number() * DAY_MS + 1;
        for (start, end) in [
            ((2026, 7, 18), (2027, 1, 18)),
            ((2026, 11, 25), (2027, 5, 25)),
            ((2026, 8, 31), (2027, 2, 28)),
            ((2027, 8, 29), (2028, 2, 29)),
            ((2026, 12, 31), (2027, 6, 30)),
        ] {
            let start = at(start.0, start.1, start.2);
            assert_eq!(months_after(start, 6), at(end.0, end.1, end.2));
        }
    }
}
