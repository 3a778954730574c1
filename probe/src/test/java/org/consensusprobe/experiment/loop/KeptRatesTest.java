package org.consensusprobe.experiment.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptRatesTest {
    private static final KeptRates.Cost COST = new KeptRates.Cost(2e-6, 3e-9, 0.5);

    @TempDir
    Path folder;

    @Test
    void whatWasMeasuredIsKeptForThisMachineAndBlock() {
        new KeptRates(Optional.of(folder), "here").put("block a", COST);
        new KeptRates(Optional.of(folder), "here").put("block b", COST.times(2));

        KeptRates later = new KeptRates(Optional.of(folder), "here");
        assertThat(later.find("block a")).contains(COST);
        assertThat(later.find("block b")).contains(COST.times(2));
        assertThat(later.find("block c")).isEmpty();
        assertThat(new KeptRates(Optional.of(folder), "another processor").find("block a"))
                .isEmpty();
    }

    @Test
    void aDamagedFileOrNoneIsBegunAnew() throws IOException {
        for (String damaged : new String[] {"", "[]", "{\"a\":", "{}", "\u0000"}) {
            Files.writeString(folder.resolve("rates.json"), damaged);
            KeptRates rates = new KeptRates(Optional.of(folder), "here");
            assertThat(rates.find("block")).isEmpty();
            rates.put("block", COST);
            assertThat(new KeptRates(Optional.of(folder), "here").find("block")).contains(COST);
        }
        KeptRates nowhere = new KeptRates(Optional.empty(), "here");
        nowhere.put("block", COST);
        assertThat(nowhere.find("block")).contains(COST);
    }
}
