pub fn check(_: &rightdoor_location::CivicAddress) -> Vec<rightdoor_location::FieldError> {
    Vec::new()
}
