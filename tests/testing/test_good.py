def test_a_good_provider_passes_every_check(run_kit):
    reports = run_kit()

    assert [report.longreprtext for report in reports if report.failed] == []
